import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface ConnectProxyOptions {
  /** Who may pass; absent: everybody. */
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** Answers CONNECT with this status instead of passing on. */
  readonly refuseWith?: number | undefined
  /** Names that only the proxy knows, with what they stand for (`host:port`). */
  readonly names?: Readonly<Record<string, string>> | undefined
}

export interface ConnectProxy extends AsyncDisposable {
  readonly url: string
  /** `host:port` of every CONNECT, in order. */
  readonly asked: readonly string[]
  /** Methods of requests that were no CONNECT: nothing may travel in clear text. */
  readonly plain: readonly string[]
}

/** Starts an HTTP proxy that passes connections on (CONNECT), on loopback. */
export const startConnectProxy = async (options: ConnectProxyOptions = {}): Promise<ConnectProxy> => {
  const asked: string[] = []
  const plain: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    plain.push(request.method ?? '')
    response.writeHead(405).end()
  })
  const expected =
    options.user === undefined
      ? undefined
      : `Basic ${Buffer.from(`${options.user}:${options.password ?? ''}`).toString('base64')}`
  const pass = (request: IncomingMessage, client: Socket): void => {
    const place = request.url ?? ''
    asked.push(place)
    const status =
      expected !== undefined && request.headers['proxy-authorization'] !== expected ? 407 : options.refuseWith
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const [host = '', port = ''] = (options.names?.[place] ?? place).split(/:(?=\d+$)/)
    const upstream = connect(Number(port), host.replace(/^\[|\]$/g, ''))
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'))
  }
  server.on('connect', (request, client: Socket) => pass(request, client))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    plain,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await closed
    },
  }
}
