import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportSyncs, getMe, listEnvironments, streamProblemKey } from '@rancher-hub/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { createApiClient } from './api-client.ts'
import { ProblemError } from './problem-error.ts'

const servers: { close(): void; closeAllConnections(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const serve = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const problem = (status: number, code: string) => ({
  type: `urn:rancher-hub:problem:${code}`,
  title: code,
  status,
  code,
  detail: 'No.',
  instance: 'c-1',
})
const failureOf = async (work: Promise<unknown>): Promise<ProblemError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProblemError)) throw new Error('expected a ProblemError', { cause: error })
  return error
}

describe('api client', () => {
  it('answers what the hub answers, and sends the given headers', async () => {
    const baseUrl = await serve((request, response) =>
      response.end(JSON.stringify({ items: [{ path: request.url, cookie: request.headers.cookie }] })),
    )
    const answer: unknown = await createApiClient({ baseUrl: `${baseUrl}/`, headers: { cookie: 'a=b' } }).call(
      listEnvironments,
      {},
    )
    expect(answer).toEqual({ items: [{ path: '/api/v1/environments', cookie: 'a=b' }] })
  })

  it('turns a problem document into its error', async () => {
    const body = { ...problem(429, 'rate-limited'), details: { a: 1 }, errors: [{ path: 'x', message: 'y' }] }
    const baseUrl = await serve((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end(JSON.stringify(body)),
    )
    const error = await failureOf(createApiClient({ baseUrl }).call(listEnvironments, {}))
    expect(error).toMatchObject({
      code: 'rate-limited',
      status: 429,
      detail: 'No.',
      instance: 'c-1',
      details: { a: 1 },
      retryAfterSeconds: 7,
    })
    expect(error.errors).toEqual([{ path: 'x', message: 'y' }])
  })

  it('tells the app when nobody is signed in', async () => {
    const baseUrl = await serve((_request, response) =>
      response.writeHead(401).end(JSON.stringify(problem(401, 'not-signed-in'))),
    )
    const told: string[] = []
    await failureOf(createApiClient({ baseUrl, onUnauthorized: ({ code }) => told.push(code) }).call(getMe, {}))
    expect(told).toEqual(['not-signed-in'])
  })

  it('is unreachable without an answer, and names foreign error pages by status', async () => {
    expect(await failureOf(createApiClient({ baseUrl: 'http://127.0.0.1:1' }).call(getMe, {}))).toMatchObject({
      code: 'unreachable',
      status: 0,
    })
    const baseUrl = await serve((_request, response) => response.writeHead(502).end('<html>'))
    expect(await failureOf(createApiClient({ baseUrl }).call(getMe, {}))).toMatchObject({
      code: 'http-502',
      status: 502,
    })
  })

  it('aborts with the signal', async () => {
    const baseUrl = await serve(() => undefined)
    const controller = new AbortController()
    const call = createApiClient({ baseUrl }).call(getMe, {}, { signal: controller.signal })
    controller.abort()
    await expect(call).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('reads a stream line by line, however it is cut into packets', async () => {
    const baseUrl = await serve((_request, response) => {
      for (const part of ['{"id":"1"}\n{"i', 'd":"ü"}', '\n{"id":"3"}\n']) response.write(part)
      response.end()
    })
    const ids: unknown[] = []
    for await (const { id } of createApiClient({ baseUrl }).stream(exportSyncs, {})) ids.push(id)
    expect(ids).toEqual(['1', 'ü', '3'])
  })

  it('throws the problem that ends a stream, after the chunks before it', async () => {
    const baseUrl = await serve((_request, response) =>
      response.end(`{"id":"1"}\n${JSON.stringify({ [streamProblemKey]: problem(503, 'unavailable') })}\n`),
    )
    const ids: unknown[] = []
    const reading = (async () => {
      for await (const { id } of createApiClient({ baseUrl }).stream(exportSyncs, {})) ids.push(id)
    })()
    expect(await failureOf(reading)).toMatchObject({ code: 'unavailable' })
    expect(ids).toEqual(['1'])
  })

  it('is unreachable when a stream is cut', async () => {
    const baseUrl = await serve((_request, response) => {
      response.write('{"id":"1"}\n')
      setImmediate(() => response.destroy())
    })
    const reading = (async () => {
      for await (const _chunk of createApiClient({ baseUrl }).stream(exportSyncs, {}));
    })()
    expect(await failureOf(reading)).toMatchObject({ code: 'unreachable' })
  })

  it('cancels the download when the loop is left', async () => {
    let gone = false
    const baseUrl = await serve((_request, response) => {
      response.write('{"id":"1"}\n')
      response.on('close', () => {
        gone = true
      })
    })
    for await (const _chunk of createApiClient({ baseUrl }).stream(exportSyncs, {})) break
    await expect.poll(() => gone).toBe(true)
  })
})
