import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Agent } from 'undici'
import { parseKubeconfig } from './connection/kubeconfig.ts'

/** `lost-answer`: the cluster gets the request, the client no answer; `lost-request`: neither; else an answer of the proxy's own. */
export type Fault =
  | 'lost-answer'
  | 'lost-request'
  | { readonly status: number; readonly body: string; readonly headers?: Record<string, string> }

export interface FaultyProxy extends AsyncDisposable {
  /** Kubeconfig that goes through the proxy. */
  readonly kubeconfig: string
  /** Faults of the next writes (dry runs apart), one each. */
  readonly faults: Fault[]
  /** Called before each write is handed on. */
  beforeWrite: (() => Promise<void>) | undefined
  /** Writes that the cluster took (2xx), dry runs apart. */
  readonly written: string[]
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))

/** A proxy in front of an API server that loses what it is told to. */
export const startFaultyProxy = async (kubeconfig: string): Promise<FaultyProxy> => {
  const { server: target, secret } = parseKubeconfig(kubeconfig)
  const agent = new Agent({ connect: { ca: secret.ca ?? '' } })
  const faults: Fault[] = []
  const written: string[] = []
  const state: { beforeWrite: (() => Promise<void>) | undefined } = { beforeWrite: undefined }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? ''
    const body = await bodyOf(request)
    const isWrite = request.method !== 'GET' && !path.includes('dryRun') && !path.includes('selfsubject')
    if (isWrite) await state.beforeWrite?.()
    const fault = isWrite ? faults.shift() : undefined
    if (fault === 'lost-request') return void response.destroy()
    if (typeof fault === 'object') return void response.writeHead(fault.status, fault.headers ?? {}).end(fault.body)
    const { host: _, connection: __, 'transfer-encoding': ___, ...headers } = request.headers
    const answer = await agent.request({
      origin: target,
      path,
      method: (request.method ?? 'GET') as 'GET',
      headers,
      body: body.length === 0 ? null : body,
    })
    if (isWrite && answer.statusCode < 300) written.push(`${request.method} ${path.split('?', 1)[0]}`)
    if (fault === 'lost-answer') {
      await answer.body.dump()
      return void response.destroy()
    }
    const { 'transfer-encoding': ____, ...answered } = answer.headers
    response.writeHead(answer.statusCode, answered)
    response.flushHeaders()
    await pipeline(answer.body, response)
  }
  const server = createServer((request, response) => {
    // A client that goes away ends its watch; nothing is wrong then.
    handle(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    kubeconfig: kubeconfig
      .replace(/https:\/\/127\.0\.0\.1:\d+/, address)
      .replace(/, certificate-authority-data: [^}]+/, ''),
    faults,
    written,
    get beforeWrite() {
      return state.beforeWrite
    },
    set beforeWrite(value) {
      state.beforeWrite = value
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await agent.destroy()
    },
  }
}
