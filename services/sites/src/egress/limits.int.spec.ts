import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { toUpstreamError } from '../connection/upstream-error.ts'
import { createNetworkPolicy, type Resolve } from './network-policy.ts'
import { compileRules } from './network-rules.ts'
import { SiteError } from './site-error.ts'
import { createSiteHttp } from './site-http.ts'

const open = createNetworkPolicy({ allowLoopback: true })
const authorization = 'Bearer token-abcde:canary-limits'
const GET = { method: 'GET', path: '/' } as const

const serving = async (
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
const raw = async (handler: (socket: Socket) => void) => {
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
const siteAt = (port: number, policy = open, host = '127.0.0.1') =>
  createSiteHttp({ base: `http://${host}:${port}`, policy, authorization })
const problemOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof SiteError) return { ...error.problem, maybeSent: error.maybeSent }
  throw new Error(`expected a SiteError, got ${String(error)}`)
}
/** Writes as long as somebody reads. */
const pour = (response: ServerResponse, chunk: Uint8Array | string): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

describe('an answer', () => {
  it('that leads somewhere else is not followed, and whoever asks is told where to', async () => {
    const elsewhere: string[] = []
    await using other = await serving((request, response) => {
      elsewhere.push(`${request.url} ${request.headers.authorization}`)
      response.end('{}')
    })
    for (const status of [301, 302, 303, 307, 308]) {
      for (const location of [
        `http://127.0.0.1:${other.port}/stolen`,
        `//127.0.0.1:${other.port}/stolen`,
        'http://169.254.169.254/latest',
      ]) {
        await using from = await serving((_request, response) => response.writeHead(status, { location }).end())
        await using http = siteAt(from.port)
        const answer = await http.request(GET)
        const { problem } = toUpstreamError(answer, 'rancher', http.base.host)
        expect(problem.message).toContain(`sends callers on to ${new URL(location, 'http://x').origin}.`)
        expect(problem.message).not.toMatch(/stolen|latest|canary/)
        const { status: streamed, body } = await http.stream({ ...GET, silenceMs: 5_000 })
        expect([streamed, await Array.fromAsync(body)]).toEqual([status, []])
      }
    }
    expect(elsewhere).toEqual([])
  })

  it('with endless headers is given up, and the request counts as sent', async () => {
    await using server = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      for (let index = 0; index < 2_000; index += 1) socket.write(`x-${index}: ${'y'.repeat(100)}\r\n`)
    })
    await using http = siteAt(server.port)
    expect(await problemOf(http.request(GET))).toMatchObject({ code: 'upstream-error', maybeSent: true })
    expect(await problemOf(http.stream({ ...GET, silenceMs: 5_000 }))).toMatchObject({
      code: 'upstream-error',
      message: expect.stringContaining('headers of more than 16 KiB'),
    })
  })

  it('with one endless header is given up, and with an endless status line when its time is over', async () => {
    const begins = async (beginning: string) =>
      await raw((socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write('y'.repeat(10_000)));
          if (!socket.destroyed) socket.once('drain', more)
        }
        socket.write(beginning)
        more()
      })
    await using header = await begins('HTTP/1.1 200 OK\r\nx: ')
    await using http = siteAt(header.port)
    expect(await problemOf(http.request(GET))).toMatchObject({ code: 'upstream-error' })
    await using status = await begins('HTTP/1.1 200 ')
    await using other = siteAt(status.port)
    expect(await problemOf(other.request({ ...GET, timeoutMs: 300 }))).toMatchObject({ code: 'timed-out' })
  })

  it('whose headers trickle is given up when the time of the whole exchange is over', async () => {
    await using server = await raw((socket) => {
      const trickle = (): void => {
        if (socket.destroyed) return
        socket.write('x')
        setTimeout(trickle, 20)
      }
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
      trickle()
    })
    await using http = siteAt(server.port)
    expect(await problemOf(http.request({ ...GET, timeoutMs: 300 }))).toMatchObject({ code: 'timed-out' })
  })

  it('whose body trickles is given up too, however long each pause', async () => {
    await using server = await serving((_request, response) => {
      const trickle = (): void => {
        if (response.destroyed) return
        response.write(' ')
        setTimeout(trickle, 20)
      }
      response.writeHead(200)
      trickle()
    })
    await using http = siteAt(server.port)
    expect(await problemOf(http.request({ ...GET, timeoutMs: 300 }))).toMatchObject({ code: 'timed-out' })
  })

  it('that is compressed, though nobody asked for it, is not read', async () => {
    const asked: (string | undefined)[] = []
    const bomb = gzipSync(new Uint8Array(50 * 1024 * 1024))
    await using server = await serving((request, response) => {
      asked.push(String(request.headers['accept-encoding']))
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(bomb)
    })
    await using http = siteAt(server.port)
    const message = expect.stringContaining('answered compressed (gzip)')
    expect(await problemOf(http.request(GET))).toMatchObject({ code: 'upstream-error', message })
    expect(await problemOf(http.stream({ ...GET, silenceMs: 5_000 }))).toMatchObject({ message })
    expect(asked).toEqual(['undefined', 'undefined'])
  })

  it('without end is given up at its limit, also one that says it is short', async () => {
    await using endless = await serving((_request, response) => pour(response.writeHead(200), 'x'.repeat(65_536)))
    await using http = siteAt(endless.port)
    expect(await problemOf(http.request({ ...GET, maxBytes: 1024 * 1024 }))).toMatchObject({
      code: 'upstream-error',
      message: expect.stringContaining('more than 1024 KiB'),
    })
    await using lying = await raw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}${'x'.repeat(100_000)}`),
    )
    await using plain = siteAt(lying.port)
    const text = await plain.request(GET).then(
      (answer) => answer.text,
      () => '{}',
    )
    expect(text).toBe('{}')
  })

  it('that refuses a stream with endless words is cut at 64 KiB of them', async () => {
    await using endless = await serving((_request, response) => pour(response.writeHead(500), 'x'.repeat(65_536)))
    await using http = siteAt(endless.port)
    const { status, body } = await http.stream({ ...GET, silenceMs: 5_000 })
    const chunks = await Array.fromAsync(body)
    expect([status, chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)]).toEqual([500, 65_536])
  })
})

describe('credentials', () => {
  it('go to no path that is a whole address', async () => {
    await using server = await serving((_request, response) => response.end('{}'))
    await using http = siteAt(server.port)
    for (const path of ['http://evil.example/', '//evil.example', '@evil.example', 'x']) {
      if (path.startsWith('/')) expect((await http.request({ method: 'GET', path })).status).toBe(200)
      else await expect(http.request({ method: 'GET', path })).rejects.toThrow('begins with a slash')
    }
  })
})

describe('a connection', () => {
  const rulesOf = (...targets: string[]) => compileRules({ mode: 'listed', targets })

  it('goes where was checked: a name that stands for another place a moment later gains nothing', async () => {
    const reached = { checked: 0, rebound: 0 }
    await using checked = await serving((_request, response) => {
      reached.checked += 1
      response.setHeader('connection', 'close').end('{}')
    })
    await using _ = await serving(
      (_request, response) => {
        reached.rebound += 1
        response.end('{}')
      },
      '127.0.0.2',
      checked.port,
    )
    const answers = ['127.0.0.1', '127.0.0.2']
    let lookups = 0
    const resolve: Resolve = (_host, _options, callback) => {
      callback(null, [{ address: answers[lookups] ?? '127.0.0.2', family: 4 }])
      lookups += 1
    }
    const policy = createNetworkPolicy({ allowLoopback: true, resolve, rules: () => rulesOf('127.0.0.1') })
    await using http = siteAt(checked.port, policy, 'rebinding.example')
    expect((await http.request(GET)).status).toBe(200)
    expect(lookups).toBe(1)
    expect(await problemOf(http.request(GET))).toMatchObject({
      code: 'address-refused',
      message: expect.stringContaining('rebinding.example stands for 127.0.0.2'),
      maybeSent: false,
    })
    expect(reached).toEqual({ checked: 1, rebound: 0 })
  })

  it('goes only to those of several addresses that are allowed', async () => {
    const reached: string[] = []
    await using allowed = await serving((_request, response) => response.end('{}'))
    await using _ = await serving(
      (request, response) => {
        reached.push(request.url ?? '')
        response.end('{}')
      },
      '127.0.0.2',
      allowed.port,
    )
    const resolve: Resolve = (_host, _options, callback) =>
      callback(
        null,
        ['127.0.0.2', '169.254.169.254', '127.0.0.1'].map((address) => ({ address, family: 4 })),
      )
    const policy = createNetworkPolicy({ allowLoopback: true, resolve, rules: () => rulesOf('127.0.0.1') })
    await using http = siteAt(allowed.port, policy, 'several.example')
    expect((await http.request(GET)).status).toBe(200)
    expect(reached).toEqual([])
  })

  it('that is open is cut when its place is refused from then on, and what runs on it may have been sent', async () => {
    const arrived = Promise.withResolvers<void>()
    await using server = await serving((request, response) => {
      if (request.url === '/watch') response.writeHead(200).write('{}\n')
      else request.on('data', () => undefined).on('end', arrived.resolve)
    })
    let rules = rulesOf('127.0.0.1')
    const policy = createNetworkPolicy({ allowLoopback: true, rules: () => rules })
    await using http = siteAt(server.port, policy)
    const { body } = await http.stream({ method: 'GET', path: '/watch', silenceMs: 60_000 })
    const reading = Array.fromAsync(body).catch((error: unknown) => error)
    const writing = problemOf(http.request({ method: 'PATCH', path: '/write', body: '{}' }))
    await arrived.promise
    expect(http.enforcePolicy()).toBeUndefined()
    rules = rulesOf('10.0.0.0/8')
    expect(http.enforcePolicy()?.problem).toMatchObject({
      code: 'address-refused',
      message: expect.stringContaining('Settings → Networks'),
    })
    expect(await reading).toMatchObject({ code: 'ERR_ADDRESS_CUT' })
    expect(await writing).toMatchObject({ code: 'address-refused', maybeSent: true })
    expect(await problemOf(http.request(GET))).toMatchObject({ code: 'address-refused', maybeSent: false })
    rules = rulesOf('127.0.0.0/8')
    await using again = siteAt(server.port, policy)
    expect(again.enforcePolicy()).toBeUndefined()
  })
})
