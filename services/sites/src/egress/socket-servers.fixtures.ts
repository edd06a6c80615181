import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createNetworkPolicy, type NetworkPolicy } from './network-policy.ts'
import { SiteError } from './site-error.ts'
import { createSiteHttp } from './site-http.ts'

const open = createNetworkPolicy({ allowLoopback: true })
export const GET = { method: 'GET', path: '/' } as const

/** A server on a socket of its own. */
export const serving = async (
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
  port = 0,
) => {
  const server = createServer(handler)
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
/** A server that writes bytes of its own to whoever connects. */
export const raw = async (handler: (socket: Socket) => void) => {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', () => handler(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
/** The client of a site, with credentials that must not show anywhere. */
export const siteAt = (port: number, policy: NetworkPolicy = open, host = '127.0.0.1') =>
  createSiteHttp({ base: `http://${host}:${port}`, policy, authorization: 'Bearer token-abcde:canary-limits' })
/** The problem of a call that does not end well. */
export const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof SiteError) return { ...error.problem, maybeSent: error.maybeSent }
  throw new Error(`expected a SiteError, got ${String(error)}`)
}
