import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartRefusedError } from '../start-refused-error.ts'

/** What a process says of itself. */
export interface ProcessHealth {
  readonly ready: boolean
  readonly problems: readonly string[]
  readonly [fact: string]: unknown
}

/** `/health/live` answers while the process does; `/health/ready` only when it can do its work, and else says what is missing. */
export const startHealthServer = async (
  host: string,
  port: number,
  /** Setting that names the port. */
  variable: string,
  health: () => Promise<ProcessHealth>,
): Promise<AsyncDisposable & { readonly port: number }> => {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(body))
    }
    if (request.url === '/health/live') answer(200, { status: 'live' })
    else if (request.url === '/health/ready') {
      health().then(
        (state) => answer(state.ready ? 200 : 503, { status: state.ready ? 'ready' : 'not-ready', ...state }),
        (error: unknown) => answer(503, { status: 'not-ready', ready: false, problems: [(error as Error).message] }),
      )
    } else answer(404, { status: 'not-found' })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new StartRefusedError(
          `Health answers on ${host}:${port} are not possible (${error.message}); choose another port with ${variable}.`,
        ),
      ),
    )
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
