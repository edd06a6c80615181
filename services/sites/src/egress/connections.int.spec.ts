import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { startTcpProxy } from '@rancher-hub/tcp-proxy'
import { describe, expect, it } from 'vitest'
import { createNetworkPolicy, type Resolve } from './network-policy.ts'
import { compileRules } from './network-rules.ts'
import type { SiteHttp } from './site-http.ts'
import { GET, problemOf, serving, siteAt } from './socket-servers.fixtures.ts'

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

  /** Answers at once, or begins a stream in which nothing follows. */
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200).write('{}')
    if (request.url !== '/stream') response.end()
  }
  const requests = async (http: SiteHttp): Promise<number[]> => {
    const asked = [1, 2, 3].map(async () => (await http.request({ ...GET, timeoutMs: 5_000 })).status)
    const answers = await Promise.all(asked)
    // undici takes a connection for another request one turn after its answer.
    await turn()
    return answers
  }

  it('that waits for another request is not used again once a stream is silent: it may be as dead', async () => {
    await using server = await serving(answer)
    await using network = await startTcpProxy([server.port])
    await using http = siteAt(network.port)
    const { body } = await http.stream({ ...GET, path: '/stream', silenceMs: 500 })
    expect(await requests(http)).toEqual([200, 200, 200])
    network.freeze()
    await expect(Array.fromAsync(body)).rejects.toThrow()
    expect(await requests(http)).toEqual([200, 200, 200])
  })

  it('that waits for another request is not used again once a request was not answered; what is under way goes on', async () => {
    await using server = await serving(answer)
    await using network = await startTcpProxy([server.port])
    await using http = siteAt(network.port)
    expect(await requests(http)).toEqual([200, 200, 200])
    network.freeze()
    const underWay = problemOf(http.request({ ...GET, timeoutMs: 1_000 }))
    expect(await problemOf(http.request({ ...GET, timeoutMs: 300 }))).toMatchObject({ code: 'timed-out' })
    const before = network.connections()
    expect(await requests(http)).toEqual([200, 200, 200])
    expect(network.connections()).toBe(before + 3)
    expect(await underWay).toMatchObject({ code: 'timed-out' })
    expect(await requests(http)).toEqual([200, 200, 200])
    expect(network.connections()).toBe(before + 3)
  })
})
