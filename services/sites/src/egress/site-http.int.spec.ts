import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { describe, expect, it } from 'vitest'
import { fetchOfferedCa } from '../connection/offered-ca.ts'
import { createNetworkPolicy } from './network-policy.ts'
import { SiteError } from './site-error.ts'
import { createSiteHttp } from './site-http.ts'

const open = createNetworkPolicy({ allowLoopback: true })
const closed = createNetworkPolicy({ allowLoopback: false })

const listen = async (server: Server): Promise<{ port: number; close: AsyncDisposable }> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return { port: (server.address() as AddressInfo).port, close }
}
const answering = async (handler: (request: IncomingMessage, response: ServerResponse) => void) =>
  await listen(createHttpServer(handler))

const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof SiteError)
    return { code: error.problem.code, message: error.problem.message, maybeSent: error.maybeSent }
  throw new Error(`expected a SiteError, got ${String(error)}`)
}

describe('outgoing calls', () => {
  it('sends credentials to the site, and says who it is', async () => {
    const seen: IncomingMessage['headers'][] = []
    const { port, close } = await answering((request, response) => {
      seen.push(request.headers)
      response.end('{"ok":true}')
    })
    await using _ = close
    await using http = createSiteHttp({
      base: `http://127.0.0.1:${port}/under/`,
      policy: open,
      authorization: 'Bearer token-a:b',
    })
    expect(await http.request({ method: 'GET', path: '/version' })).toMatchObject({ status: 200, text: '{"ok":true}' })
    await http.request({ method: 'GET', path: '/cacerts', authenticated: false })
    expect(seen.map(({ authorization }) => authorization)).toEqual(['Bearer token-a:b', undefined])
    expect(seen[0]?.['user-agent']).toBe('rancher-hub')
  })

  it('does not follow a redirect, so that credentials stay where they belong', async () => {
    const elsewhere: string[] = []
    const other = await answering((request, response) => {
      elsewhere.push(request.url ?? '')
      response.end()
    })
    await using _ = other.close
    const { port, close } = await answering((_request, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${other.port}/stolen` }).end(),
    )
    await using __ = close
    await using http = createSiteHttp({
      base: `http://127.0.0.1:${port}`,
      policy: open,
      authorization: 'Bearer token-a:b',
    })
    expect((await http.request({ method: 'GET', path: '/' })).status).toBe(307)
    expect(elsewhere).toEqual([])
  })

  it('refuses a literal address and a name that resolves to one, before anything is sent', async () => {
    const seen: string[] = []
    const { port, close } = await answering((request, response) => {
      seen.push(request.url ?? '')
      response.end()
    })
    await using _ = close
    expect(() => createSiteHttp({ base: `http://127.0.0.1:${port}`, policy: closed })).toThrow(SiteError)
    await using http = createSiteHttp({ base: `http://localhost:${port}`, policy: closed })
    expect(await problemOf(http.request({ method: 'GET', path: '/' }))).toMatchObject({
      code: 'address-refused',
      maybeSent: false,
    })
    expect(seen).toEqual([])
  })

  it('stops reading an answer that is too large', async () => {
    const { port, close } = await answering((_request, response) => response.end('x'.repeat(100_000)))
    await using _ = close
    await using http = createSiteHttp({ base: `http://127.0.0.1:${port}`, policy: open })
    expect(await problemOf(http.request({ method: 'GET', path: '/', maxBytes: 10_000 }))).toMatchObject({
      code: 'upstream-error',
    })
  })

  it('gives up on a server that does not answer, and says that the request may have arrived', async () => {
    const { port, close } = await answering(() => {})
    await using _ = close
    await using http = createSiteHttp({ base: `http://127.0.0.1:${port}`, policy: open })
    expect(await problemOf(http.request({ method: 'PATCH', path: '/', timeoutMs: 150 }))).toMatchObject({
      code: 'timed-out',
      maybeSent: true,
    })
  })

  it('tells a closed port and an unknown name apart; neither was reached', async () => {
    const { port, close } = await answering(() => {})
    await close[Symbol.asyncDispose]()
    await using refused = createSiteHttp({ base: `http://127.0.0.1:${port}`, policy: open })
    expect(await problemOf(refused.request({ method: 'GET', path: '/' }))).toMatchObject({
      code: 'unreachable',
      maybeSent: false,
    })
    await using unknown = createSiteHttp({ base: 'http://no-such-host.invalid', policy: open })
    expect(await problemOf(unknown.request({ method: 'GET', path: '/' }))).toMatchObject({
      code: 'name-not-found',
      maybeSent: false,
    })
  })

  it('says that a request may have arrived when the connection is cut after it', async () => {
    const { port, close } = await answering((request) => {
      request.on('data', () => {}).on('end', () => request.socket.destroy())
    })
    await using _ = close
    await using http = createSiteHttp({ base: `http://127.0.0.1:${port}`, policy: open })
    expect(await problemOf(http.request({ method: 'PATCH', path: '/', body: '{}' }))).toMatchObject({
      code: 'unreachable',
      maybeSent: true,
    })
  })

  it('ends a stream that is silent for too long', async () => {
    const { port, close } = await answering((_request, response) =>
      response.writeHead(200).write('{"type":"BOOKMARK"}\n'),
    )
    await using _ = close
    await using http = createSiteHttp({ base: `http://127.0.0.1:${port}`, policy: open })
    const { body } = await http.stream({ method: 'GET', path: '/', silenceMs: 200 })
    const read = async () => {
      for await (const chunk of body) expect(chunk.byteLength).toBeGreaterThan(0)
    }
    await expect(read()).rejects.toMatchObject({ code: 'UND_ERR_BODY_TIMEOUT' })
  })
})

describe('certificates', () => {
  const make = async (names: string[], days = 10, subject = [{ name: 'commonName', value: names[0] ?? '' }]) => {
    const now = Date.now()
    const pems = await generate(subject, {
      keySize: 2048,
      algorithm: 'sha256',
      notBeforeDate: new Date(now - 20 * 86_400_000),
      notAfterDate: new Date(now + days * 86_400_000),
      extensions: [
        { name: 'basicConstraints', cA: true },
        {
          name: 'subjectAltName',
          altNames: names.map((name) => (/^\d/.test(name) ? { type: 7, ip: name } : { type: 2, value: name })),
        },
      ],
    })
    const requests: string[] = []
    const server = createHttpsServer({ key: pems.private, cert: pems.cert }, (request, response) => {
      requests.push(request.url ?? '')
      response.end('{}')
    })
    return { pem: pems.cert, requests, ...(await listen(server)) }
  }

  it('are not trusted when self-signed; the offered one can be pinned, and no request is sent for the offer', async () => {
    const { port, close, pem, requests } = await make(['127.0.0.1'])
    await using _ = close
    const base = `https://127.0.0.1:${port}`
    await using plain = createSiteHttp({ base, policy: open })
    expect(await problemOf(plain.request({ method: 'GET', path: '/' }))).toMatchObject({
      code: 'certificate-not-trusted',
      maybeSent: false,
    })
    const offered = await fetchOfferedCa(new URL(base), open, undefined)
    expect(offered.pem.trim()).toBe(pem.trim().replaceAll('\r\n', '\n'))
    expect(offered.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    expect(requests).toEqual([])
    await using pinned = createSiteHttp({ base, policy: open, tls: { ca: offered.pem } })
    expect((await pinned.request({ method: 'GET', path: '/' })).status).toBe(200)
  })

  it('without a subject, as some authorities make them now, are offered by their names', async () => {
    const { port, close, pem } = await make(['127.0.0.1', 'rancher.internal'], 10, [])
    await using _ = close
    expect(await fetchOfferedCa(new URL(`https://127.0.0.1:${port}`), open)).toMatchObject({
      subject: 'IP Address:127.0.0.1, DNS:rancher.internal',
      pem: expect.stringContaining(pem.trim().slice(0, 200).replaceAll('\r\n', '\n')) as string,
    })
  })

  it('made for another name are refused even when pinned, unless the server name says so', async () => {
    const { port, close, pem } = await make(['rancher.internal'])
    await using _ = close
    const base = `https://127.0.0.1:${port}`
    await using pinned = createSiteHttp({ base, policy: open, tls: { ca: pem } })
    expect(await problemOf(pinned.request({ method: 'GET', path: '/' }))).toMatchObject({
      code: 'certificate-wrong-host',
    })
    await using named = createSiteHttp({ base, policy: open, tls: { ca: pem, serverName: 'rancher.internal' } })
    expect((await named.request({ method: 'GET', path: '/' })).status).toBe(200)
  })

  it('that have expired are told as expired', async () => {
    const { port, close, pem } = await make(['127.0.0.1'], -1)
    await using _ = close
    await using pinned = createSiteHttp({ base: `https://127.0.0.1:${port}`, policy: open, tls: { ca: pem } })
    expect(await problemOf(pinned.request({ method: 'GET', path: '/' }))).toMatchObject({ code: 'certificate-expired' })
  })
})
