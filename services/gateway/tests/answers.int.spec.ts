import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApiClient, ProblemError } from '@rancher-hub/api-client'
import { allContracts } from '@rancher-hub/contracts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, type Hub, startHub } from './hub.fixtures.ts'
import { count, createToyService, type Progress, toyContracts } from './toy.fixtures.ts'

let hub: Hub
let ada: Browser
let baseUrl: string
const progress: Progress = { sent: 0, ended: false }
beforeAll(async () => {
  hub = await startHub({
    gateway: { contracts: [...allContracts, ...toyContracts] },
    services: () => [createToyService(progress)],
  })
  ada = await hub.administrator()
  await hub.app.listen({ host: '127.0.0.1', port: 0 })
  baseUrl = `http://127.0.0.1:${(hub.app.server.address() as AddressInfo).port}`
})
afterAll(async () => await hub[Symbol.asyncDispose]())
beforeEach(() => Object.assign(progress, { sent: 0, ended: false }))

const client = () => createApiClient({ baseUrl, headers: { cookie: ada.cookie ?? '' } })

describe('an answer', () => {
  it('holds only what the contract declares', async () => {
    const response = await ada.request({ url: '/api/v1/toy/leak' })
    expect(response.json()).toEqual({ input: { flags: [] }, shown: { name: 'visible' } })
  })

  it('comes from a query whose strings became what the schema wants', async () => {
    const response = await ada.request({ url: '/api/v1/toy/leak?flags=true&flags=false&numbers=-1.5' })
    expect(response.json().input).toEqual({ flags: [true, false], numbers: [-1.5] })
    const wrong = await ada.request({ url: '/api/v1/toy/leak?flags=yes&numbers=1e999' })
    expect(wrong.json().errors.map(({ path }: { path: string }) => path)).toEqual(['flags.0', 'numbers.0'])
  })
})

describe('a refusal', () => {
  it('has the declared status, sentence and details, and no other', async () => {
    const response = await ada.request({ url: '/api/v1/toy/fail?how=refuse' })
    expect(response.statusCode).toBe(422)
    expect(response.json()).toMatchObject({ code: 'not-today', detail: 'Not today.', details: { day: 'Monday' } })
    expect(response.body).not.toContain('hidden')
    expect((await ada.request({ url: '/api/v1/toy/fail?how=common' })).statusCode).toBe(404)
  })

  it('of our own fault tells nothing but an id', async () => {
    const response = await ada.request({ url: '/api/v1/toy/fail?how=crash' })
    expect([response.statusCode, response.json().code]).toEqual([500, 'unexpected'])
    expect(response.body).not.toContain('secret reason')
  })
})

describe('a stream', () => {
  it('comes line by line', async () => {
    const numbers: number[] = []
    for await (const { number } of client().stream(count, { to: 300 })) numbers.push(number)
    expect(numbers).toEqual(Array.from({ length: 300 }, (_each, index) => index + 1))
  })

  it('that is refused is a problem document with its status', async () => {
    const response = await ada.request({ url: '/api/v1/toy/count?to=1&refuse=true' })
    expect([response.statusCode, response.json().code]).toEqual([404, 'not-found'])
  })

  it('that fails midway ends with a problem line', async () => {
    const numbers: number[] = []
    const reading = (async () => {
      for await (const { number } of client().stream(count, { to: 10, failAt: 4 })) numbers.push(number)
    })()
    const error = await reading.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ code: 'unexpected' })
    expect(numbers).toEqual([1, 2, 3])
  })

  it('stops when the client leaves', async () => {
    for await (const { number } of client().stream(count, { to: 1_000_000 })) if (number === 3) break
    await expect.poll(() => progress.ended).toBe(true)
    expect(progress.sent).toBeLessThan(1_000_000)
  })

  it('waits for a client that does not read', async () => {
    const request = get(
      `${baseUrl}/api/v1/toy/count?to=1000000`,
      { headers: { cookie: ada.cookie ?? '' } },
      (response) => response.pause(),
    )
    let before = -1
    await expect
      .poll(
        () => {
          const still = progress.sent === before && before > 0
          before = progress.sent
          return still
        },
        { interval: 200, timeout: 15_000 },
      )
      .toBe(true)
    expect(progress.ended).toBe(false)
    request.destroy()
    await expect.poll(() => progress.ended).toBe(true)
  })
})

describe('a file', () => {
  const download = async (query: string): Promise<Response> =>
    await fetch(`${baseUrl}/api/v1/toy/file?${query}`, { headers: { cookie: ada.cookie ?? '' } })

  it('is its texts one after the other, to be kept under a name with the day', async () => {
    const response = await download('to=3')
    expect(await response.text()).toBe('1\n2\n3\n')
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="to-3-\d{4}-\d\d-\d\d\.txt"$/)
  })

  it('that is refused is a problem document with its status', async () => {
    const response = await download('to=3&failAt=1')
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([404, 'not-found'])
  })

  it('that fails midway is cut off', async () => {
    const response = await download('to=3&failAt=3')
    await expect(response.text()).rejects.toThrow()
  })
})
