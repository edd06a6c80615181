import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { toUpstreamError } from '../connection/upstream-error.ts'
import { GET, problemOf, raw, serving, siteAt } from './socket-servers.fixtures.ts'

/** Writes as long as somebody reads. */
const pour = (response: ServerResponse, chunk: Uint8Array | string): void => {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

/** Writes a little, again and again, as long as somebody reads. */
const trickle = (to: Writable): void => {
  const timer = setInterval(() => to.write('x'), 20)
  to.once('close', () => clearInterval(timer))
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
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ')
      trickle(socket)
    })
    await using http = siteAt(server.port)
    expect(await problemOf(http.request({ ...GET, timeoutMs: 300 }))).toMatchObject({ code: 'timed-out' })
  })

  it('whose body trickles is given up too, however long each pause', async () => {
    await using server = await serving((_request, response) => {
      response.writeHead(200)
      trickle(response)
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
