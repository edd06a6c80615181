import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { describe, expect, it, vi } from 'vitest'
import { openSite } from '../connection/connected-site.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { quickTiming } from '../sites.fixtures.ts'
import { backoffMs } from './backoff.ts'
import { type WatchSink, type WatchTiming, watchKind } from './kind-watcher.ts'

type Answer = (response: ServerResponse) => void

const object = (name: string, resourceVersion: string) => ({ metadata: { name, uid: name, resourceVersion }, data: {} })
const listOf = (resourceVersion: string, items: object[], next?: string) => (response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end(
    JSON.stringify({
      kind: 'ConfigMapList',
      metadata: { resourceVersion, ...(next === undefined ? {} : { continue: next }) },
      items,
    }),
  )
const status =
  (code: number, reason: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response
      .writeHead(code, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ kind: 'Status', code, reason, message: reason }))
const line = (type: string, body: object) => `${JSON.stringify({ type, object: body })}\n`
/** A watch that sends these lines and stays open, or ends. */
const changes =
  (lines: string[], end = false): Answer =>
  (response) => {
    response.setHeader('content-type', 'application/json')
    response.flushHeaders()
    for (const each of lines) response.write(each)
    if (end) response.end()
  }
const silent: Answer = () => {}
const cut: Answer = (response) => {
  response.flushHeaders()
  response.write('{"type":"ADDED","obj')
  response.socket?.destroy()
}

/** An API server that plays these answers, one per request; the last one again and again. */
const play = async (...answers: Answer[]) => {
  const asked: URL[] = []
  const server = createServer((request, response) => {
    const at = asked.push(new URL(request.url ?? '', 'http://server')) - 1
    answers[Math.min(at, answers.length - 1)]?.(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const site = openSite(
    { kind: 'kubernetes', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret: { token: 'x' } },
    { policy: createNetworkPolicy({ allowLoopback: true }), concurrency: 4 },
  )
  return {
    asked,
    api: async () => site.cluster('cluster'),
    [Symbol.asyncDispose]: async () => {
      await site[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const record = () => {
  const objects = new Set<string>()
  const told: string[] = []
  const problems: SiteProblem[] = []
  const sink: WatchSink = {
    replace: (list: readonly KubernetesObject[]) => {
      objects.clear()
      for (const { metadata } of list) objects.add(metadata.name)
      told.push('replace')
    },
    upsert: ({ metadata }) => objects.add(metadata.name),
    remove: ({ metadata }) => objects.delete(metadata.name),
    connected: () => told.push('connected'),
    forbidden: (problem) => {
      told.push('forbidden')
      problems.push(problem)
    },
    lost: (problem) => {
      told.push('lost')
      problems.push(problem)
    },
  }
  return { objects, told, problems, sink }
}

const watching = async (answers: Answer[], timing: Partial<WatchTiming> = {}) => {
  const server = await play(...answers)
  const abort = new AbortController()
  const seen = record()
  const defects: unknown[] = []
  const running = watchKind(
    {
      kind: 'ConfigMap',
      namespace: 'shop',
      api: server.api,
      sink: seen.sink,
      timing: { ...quickTiming, ...timing },
      signal: abort.signal,
    },
    (error) => defects.push(error),
  )
  const versions = () =>
    server.asked.map(({ searchParams }) =>
      searchParams.has('watch')
        ? `watch ${searchParams.get('resourceVersion')}`
        : `list ${searchParams.get('continue') ?? ''}`.trim(),
    )
  return {
    ...seen,
    versions,
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await running
      await server[Symbol.asyncDispose]()
      expect(defects).toEqual([])
    },
  }
}

describe('watching a kind', () => {
  it('leaves no connection open that it does not go on with', async () => {
    let isClosed = false
    await using server = await play((response) => {
      response.once('close', () => {
        isClosed = true
      })
      changes([])(response)
    })
    const { signal } = new AbortController()
    const options = { resourceVersion: '10', timeoutSeconds: 270, silenceMs: 100_000, signal }
    for await (const { type } of (await server.api()).watch('ConfigMap', 'shop', options)) {
      expect(type).toBe('open')
      break
    }
    await vi.waitUntil(() => isClosed, { timeout: 10_000 })
  })

  it('lists page by page, then takes changes from there', async () => {
    await using seen = await watching([
      listOf('10', [object('a', '1')], 'next'),
      listOf('10', [object('b', '2')]),
      changes([line('ADDED', object('c', '11')), line('DELETED', object('a', '12'))]),
    ])
    await vi.waitFor(() => expect([...seen.objects]).toEqual(['b', 'c']))
    expect(seen.versions()).toEqual(['list', 'list next', 'watch 10'])
    expect(seen.told).toEqual(['replace', 'connected'])
  })

  it('goes on from the last change or bookmark when the watch ends', async () => {
    await using seen = await watching([
      listOf('10', []),
      changes([line('ADDED', object('a', '11'))], true),
      changes([line('BOOKMARK', { metadata: { resourceVersion: '500' } })], true),
      changes([line('ADDED', object('b', '501'))]),
    ])
    await vi.waitFor(() => expect([...seen.objects]).toEqual(['a', 'b']))
    expect(seen.versions()).toEqual(['list', 'watch 10', 'watch 11', 'watch 500'])
    expect(seen.problems).toEqual([])
  })

  it('goes on from the last change when the connection is cut in the middle of one', async () => {
    await using seen = await watching([
      listOf('10', []),
      changes([line('ADDED', object('a', '11'))], true),
      cut,
      changes([line('ADDED', object('b', '12'))]),
    ])
    await vi.waitFor(() => expect([...seen.objects]).toEqual(['a', 'b']))
    expect(seen.versions()).toEqual(['list', 'watch 10', 'watch 11', 'watch 11'])
    expect(seen.told).toContain('lost')
    expect(seen.told.at(-1)).toBe('connected')
  })

  it.each([
    ['answers the watch with', status(410, 'Expired')],
    [
      'sends as an event',
      changes(
        [line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' })],
        true,
      ),
    ],
  ])('lists again when the server %s 410', async (_how, gone) => {
    await using seen = await watching([
      listOf('10', [object('a', '1')]),
      gone,
      listOf('90', [object('b', '80')]),
      changes([]),
    ])
    await vi.waitFor(() => expect(seen.versions()).toEqual(['list', 'watch 10', 'list', 'watch 90']))
    await vi.waitFor(() => expect([...seen.objects]).toEqual(['b']))
    expect(seen.problems).toEqual([])
  })

  it.each([
    ['the list', silent],
    ['the rest of the list', listOf('90', [object('b', '80')], 'next')],
  ])('says that what is known may be old, while %s that has become necessary does not come', async (_what, list) => {
    const expired = line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })
    await using seen = await watching([listOf('10', [object('a', '1')]), changes([expired], true), list, silent], {
      silenceMs: 150,
    })
    await vi.waitFor(() => expect(seen.told).toEqual(['replace', 'connected', 'lost']))
    expect(seen.versions().slice(0, 3)).toEqual(['list', 'watch 10', 'list'])
    expect([...seen.objects]).toEqual(['a'])
  })

  it('lists again when the watch fails again and again from the same version', async () => {
    const dead: Answer = (response) => response.socket?.destroy()
    await using seen = await watching([
      listOf('10', [object('a', '1')]),
      ...[dead, dead, dead],
      listOf('90', [object('b', '80')]),
      changes([]),
    ])
    await vi.waitFor(() =>
      expect(seen.versions()).toEqual(['list', 'watch 10', 'watch 10', 'watch 10', 'list', 'watch 90']),
    )
    expect([...seen.objects]).toEqual(['b'])
  })

  it('says that it may not look, and tries again later', async () => {
    await using seen = await watching([status(403, 'Forbidden'), listOf('10', [object('a', '1')]), changes([])], {
      forbiddenRetryMs: 30,
    })
    await vi.waitFor(() => expect(seen.told).toEqual(['forbidden', 'replace', 'connected']))
    expect([...seen.objects]).toEqual(['a'])
    expect(seen.problems[0]?.code).toBe('forbidden')
  })

  it('survives answers that are no JSON, and errors of the server', async () => {
    await using seen = await watching([
      (response) => response.end('<html>'),
      status(401, 'Unauthorized'),
      listOf('10', [object('a', '1')]),
      changes(['not json\n'], true),
      changes([]),
    ])
    await vi.waitFor(() => expect(seen.told).toEqual(['lost', 'lost', 'replace', 'connected', 'lost', 'connected']))
    expect(seen.problems.map(({ code }) => code)).toEqual(['not-kubernetes', 'token-refused', 'not-kubernetes'])
  })

  it('gives up a connection on which nothing comes any more', async () => {
    await using seen = await watching([listOf('10', []), changes([]), changes([line('ADDED', object('a', '11'))])], {
      silenceMs: 150,
    })
    await vi.waitFor(() => expect([...seen.objects]).toEqual(['a']), { timeout: 5000 })
    expect(seen.problems[0]?.code).toBe('timed-out')
  })
})

describe('back-off', () => {
  it('grows, is bounded, and differs between clients', () => {
    expect([0, 1, 2, 10, 1000].map((failures) => backoffMs(failures, 100, 5000, () => 1))).toEqual([
      100, 200, 400, 5000, 5000,
    ])
    expect(backoffMs(3, 100, 5000, () => 0)).toBe(400)
  })
})
