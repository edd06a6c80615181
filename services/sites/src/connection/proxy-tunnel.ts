import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { assertAddressAllowed, assertAllowedThroughProxy, createGuardedLookup } from '../egress/guarded-lookup.ts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import type { SiteProxy } from './site-secret.ts'

/** A connection to `target` through a proxy (CONNECT), for a handshake alone. @throws AddressRefusedError | SiteError | Error of the socket */
export const openTunnel = async (
  target: URL,
  proxy: SiteProxy,
  policy: NetworkPolicy,
  timeoutMs: number,
): Promise<Socket> => {
  const address = new URL(proxy.url)
  assertAllowedThroughProxy(target, policy)
  assertAddressAllowed(address, policy)
  const name = address.hostname.replace(/^\[|\]$/g, '')
  const place = `${target.hostname}:${target.port === '' ? 443 : target.port}`
  return await new Promise((resolve, reject) => {
    const send = address.protocol === 'https:' ? requestHttps : requestHttp
    const request = send(address, {
      method: 'CONNECT',
      path: place,
      lookup: createGuardedLookup(policy),
      timeout: timeoutMs,
      agent: false,
      // Else Node asks the proxy for a certificate of the name in the `host` header: the site's.
      servername: isIP(name) === 0 ? name : '',
      headers: {
        host: place,
        ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }),
      },
    })
    request.once('timeout', () => request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
    request.once('error', reject)
    request.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) {
        resolve(socket)
        return
      }
      socket.destroy()
      reject(
        new SiteError({
          code: 'proxy-refused',
          message: `The proxy ${address.host} does not let the hub through to ${place} (status ${statusCode}).`,
        }),
      )
    })
    request.end()
  })
}
