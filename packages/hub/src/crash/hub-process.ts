import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ApiClient, createApiClient } from '@rancher-hub/api-client'

/** The hub as a process of its own, that can be killed. */
export class HubProcess {
  readonly #dataDir: string
  #child: ChildProcess | undefined
  #cookie = ''
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
      if (this.url !== '' && (link !== undefined || this.#cookie !== '')) break
    }
    if (this.url === '') throw new Error('The hub did not start')
    child.stdout.resume()
    return link
  }

  /** As a power cut would: no chance to finish anything. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** A client that keeps its session over restarts. */
  client(): ApiClient {
    return createApiClient({
      baseUrl: this.url,
      fetch: async (input, init) => {
        const response = await fetch(input, {
          ...init,
          headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie: this.#cookie },
        })
        for (const each of response.headers.getSetCookie()) this.#cookie = each.split(';', 1)[0] ?? ''
        return response
      },
    })
  }
}
