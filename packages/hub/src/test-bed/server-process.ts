import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A port that nothing listens on now. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const answers = async (port: number): Promise<boolean> => {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
  } finally {
    socket.destroy()
  }
}

/** Something that runs as a process of its own on loopback, and can be stopped, killed, frozen and started again. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number
  readonly #command: (port: number) => readonly string[]
  readonly #logFile: string
  readonly #env: NodeJS.ProcessEnv
  #child: ChildProcess | undefined

  constructor(options: {
    readonly port: number
    /** Program and arguments. */
    readonly command: (port: number) => readonly string[]
    readonly env?: NodeJS.ProcessEnv | undefined
  }) {
    this.port = options.port
    this.#command = options.command
    this.#env = options.env ?? { PATH: process.env['PATH'], HOME: process.env['HOME'] }
    this.#logFile = join(mkdtempSync(join(tmpdir(), 'server-log-')), 'log')
  }

  /** Everything it has said. */
  logged(): string {
    return readFileSync(this.#logFile, 'utf8')
  }

  /** Starts it and waits until it listens. */
  async start(): Promise<void> {
    await this.launch()
    while (!(await answers(this.port))) {
      if (this.#child?.exitCode !== null && this.#child?.exitCode !== undefined)
        throw new Error(`${this.#command(this.port)[0]} ended: ${this.logged().slice(-500)}`)
      await pause(20)
    }
  }

  /** Starts it. */
  async launch(): Promise<void> {
    const [program = '', ...args] = this.#command(this.port)
    const log = openSync(this.#logFile, 'a')
    const child = spawn(program, args, { env: this.#env, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child = child
    await once(child, 'spawn')
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Exit code once it has ended by itself. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null
  }

  get wasKilled(): boolean {
    return this.#child?.signalCode != null
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Reads its configuration again, where it knows how to. */
  reload(): void {
    this.#child?.kill('SIGHUP')
  }

  /** It is there, and does nothing at all. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.kill()
  }
}
