import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ApiClient, createApiClient } from '@rancher-hub/api-client'

/** The hub of a crash run: killed as a whole or in part, and started again. */
export interface CrashHub {
  /** What is killed, for the report. */
  readonly shape: string
  /** Starts what does not run, and waits until it is ready; gives the one-time link when there is no administrator. */
  start(): Promise<string | undefined>
  /** As a power cut would: no chance to finish anything. Returns what was killed. */
  kill(): Promise<string>
  /** Ends everything. */
  end(): Promise<void>
  /** A client that keeps its session over restarts. */
  client(): ApiClient
}

/** A client that keeps its session cookie; `cookie` holds it. */
export const cookieClient = (url: string, cookie: { text: string }): ApiClient =>
  createApiClient({
    baseUrl: url,
    fetch: async (input, init) => {
      const response = await fetch(input, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie: cookie.text },
      })
      for (const each of response.headers.getSetCookie()) cookie.text = each.split(';', 1)[0] ?? ''
      return response
    },
  })

/** The standalone hub as a process of its own. */
export class HubProcess implements CrashHub {
  readonly shape = 'standalone'
  readonly #dataDir: string
  #child: ChildProcess | undefined
  readonly #cookie = { text: '' }
  url = ''

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** Starts it and waits for its address; gives the one-time link when it prints one. */
  async start(): Promise<string | undefined> {
    const main = join(import.meta.dirname, '../main.ts')
    const child = spawn(process.execPath, [main, 'start'], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HUB_DATA_DIR: this.#dataDir,
        PORT: this.url === '' ? '0' : new URL(this.url).port,
        HUB_LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    let link: string | undefined
    for await (const line of createInterface({ input: child.stdout })) {
      const address = /runs at (\S+)/.exec(line)?.[1]
      if (address !== undefined) this.url = address
      link ??= /(http\S+\/link#\S+)/.exec(line)?.[1]
      // The administrator's link is printed last, while there is none.
      if (this.url !== '' && (link !== undefined || this.#cookie.text !== '')) break
    }
    if (this.url === '') throw new Error('The hub did not start')
    child.stdout.resume()
    return link
  }

  async kill(): Promise<string> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null) return 'nothing'
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    return 'hub'
  }

  async end(): Promise<void> {
    await this.kill()
    rmSync(this.#dataDir, { recursive: true, force: true })
  }

  client(): ApiClient {
    return cookieClient(this.url, this.#cookie)
  }
}
