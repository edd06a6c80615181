import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { generate } from 'selfsigned'
import { describe, expect, it } from 'vitest'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { openTunnel } from './proxy-tunnel.ts'

const policy = createNetworkPolicy({ allowLoopback: true })
const site = new URL('https://rancher.internal')

/** A proxy that is spoken to by TLS, trusted like one of a known authority. */
const startTlsProxy = async (name: string) => {
  const pems = await generate([{ name: 'commonName', value: name }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: name }] },
    ],
  })
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, pems.cert])
  const seen: unknown[] = []
  const server = createServer({ key: pems.private, cert: pems.cert })
  server.on('connect', ({ url, headers }, socket) => {
    seen.push([url, headers['proxy-authorization']])
    socket.end('HTTP/1.1 200 Connection established\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    proxy: { url: `https://localhost:${(server.address() as AddressInfo).port}`, authorization: 'Basic Y2FuYXJ5' },
    seen,
    [Symbol.asyncDispose]: async () => {
      setDefaultCACertificates(trusted)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('a tunnel through a proxy that speaks TLS', () => {
  it('is opened where the proxy shows the certificate of its own name', async () => {
    await using server = await startTlsProxy('localhost')
    const socket = await openTunnel(site, server.proxy, policy, 5_000)
    socket.destroy()
    expect(server.seen).toEqual([['rancher.internal:443', 'Basic Y2FuYXJ5']])
  })

  it('is not opened, nor the proxy’s password sent, where it shows one of the site’s name', async () => {
    await using server = await startTlsProxy('rancher.internal')
    await expect(openTunnel(site, server.proxy, policy, 5_000)).rejects.toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    })
    expect(server.seen).toEqual([])
  })
})
