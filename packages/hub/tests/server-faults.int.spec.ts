import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { type ApiClient, ProblemError } from '@rancher-hub/api-client'
import { CloudEvent, createEnvironment, listEnvironments, listSyncs } from '@rancher-hub/contracts'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { startTcpProxy, type TcpProxy } from '@rancher-hub/tcp-proxy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrashTarget, openSimulatedTarget } from '../src/crash/crash-target.ts'
import { EVENTS_STREAM } from '../src/jetstream-sink.ts'
import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import type { ServerProcess } from '../src/test-bed/server-process.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { becomeAdministrator, programs } from './hub.fixtures.ts'
import { dumpMongo } from './model-dump.fixtures.ts'
import { prepareSyncRounds, type SyncRounds } from './sync-rounds.fixtures.ts'

/** A server and the line by which the hub reaches it. */
interface Faulty {
  readonly process: ServerProcess
  readonly line: TcpProxy
}
const serverNames = ['NATS', 'EventStoreDB', 'MongoDB'] as const
type ServerName = (typeof serverNames)[number]

/** What people do all the while; counts and keeps what they were told. */
interface Traffic {
  readonly acknowledged: Set<string>
  readonly answers: { commands: number; queries: number; refused: number }
  /** Anything but a result or «not available now, try again». */
  readonly unexpected: string[]
  end(): Promise<void>
}

const startTraffic = (ada: ApiClient, prefix: string): Traffic => {
  const acknowledged = new Set<string>()
  const answers = { commands: 0, queries: 0, refused: 0 }
  const unexpected: string[] = []
  const stop = new AbortController()
  /** False: not available now. What was asked for may have happened all the same. */
  const attempt = async (
    what: string,
    work: () => Promise<unknown>,
    isDone?: (code: string) => boolean,
  ): Promise<boolean> => {
    try {
      await work()
      return true
    } catch (error) {
      if (error instanceof ProblemError && isDone?.(error.code) === true) return true
      answers.refused += 1
      const isClear = error instanceof ProblemError && error.status === 503 && (error.retryAfterSeconds ?? 0) > 0
      if (!isClear)
        unexpected.push(`${what}: ${error instanceof ProblemError ? `${error.status} ${error.code}` : String(error)}`)
      return false
    }
  }
  const write = async (): Promise<void> => {
    for (let n = 0; !stop.signal.aborted; n += 1) {
      const name = `${prefix} ${n}`
      const create = async () => await ada.call(createEnvironment, { name, colour: '#2b6cb0' })
      let tries = 0
      while (!(await attempt('create-environment', create, (code) => tries > 0 && code === 'name-taken'))) {
        if (stop.signal.aborted) return
        tries += 1
        await pause(100)
      }
      acknowledged.add(name)
      answers.commands += 1
      await pause(20)
    }
  }
  const read = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      if (await attempt('list-environments', async () => await ada.call(listEnvironments, {}))) answers.queries += 1
      if (await attempt('list-syncs', async () => await ada.call(listSyncs, {}))) answers.queries += 1
      await pause(20)
    }
  }
  const work = [write(), read()]
  return {
    acknowledged,
    answers,
    unexpected,
    end: async () => {
      stop.abort()
      await Promise.all(work)
    },
  }
}

describe.skipIf(programs === undefined)('servers that fail under a working hub [servers]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  let servers: Servers
  let faulty: Readonly<Record<ServerName, Faulty>>
  let hub: DistributedHub
  let target: CrashTarget
  let ada: ApiClient
  let rounds: SyncRounds
  const everything = new Set<string>()
  const lines: TcpProxy[] = []

  beforeAll(async () => {
    servers = await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'servers'))
    for (const { port } of [servers.nats, servers.eventStore, servers.mongodb]) lines.push(await startTcpProxy([port]))
    const [nats, eventStore, mongodb] = lines as [TcpProxy, TcpProxy, TcpProxy]
    faulty = {
      NATS: { process: servers.nats, line: nats },
      EventStoreDB: { process: servers.eventStore, line: eventStore },
      MongoDB: { process: servers.mongodb, line: mongodb },
    }
    const urls = {
      nats: `nats://127.0.0.1:${nats.port}`,
      eventStore: `esdb://127.0.0.1:${eventStore.port}?tls=false`,
      mongodb: `mongodb://127.0.0.1:${mongodb.port}`,
    }
    target = await openSimulatedTarget()
    const env = { HUB_GATEWAY_REQUESTS_PER_MINUTE: '1000000' }
    hub = await startDistributedHub({ servers: { ...servers, urls }, folder, env })
    ada = await becomeAdministrator({ url: hub.url, link: (await hub.firstAdministratorLink()) ?? '' })
    rounds = await prepareSyncRounds(ada, target, 10)
  })
  afterAll(async () => {
    await hub?.[Symbol.asyncDispose]()
    await target?.[Symbol.asyncDispose]()
    for (const line of lines) await line[Symbol.asyncDispose]()
    await servers?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const problems = async (): Promise<string> => {
    const all = await Promise.all(hub.members.map(async (member) => (await member.health())?.problems ?? []))
    return all.flat().join('\n')
  }
  const becomesReady = async (): Promise<void> =>
    void (await Promise.all(hub.members.map(async (member) => await member.ready())))
  /** Waits until the hub says whom it misses, and people are told. */
  const isMissed = async (name: ServerName, traffic: Traffic): Promise<void> => {
    const before = traffic.answers.refused
    await expect.poll(problems, { timeout: 40_000 }).toContain(name)
    await expect.poll(() => traffic.answers.refused, { timeout: 40_000 }).toBeGreaterThan(before)
  }
  const goesOn = async (traffic: Traffic): Promise<void> => {
    const before = traffic.answers.commands
    await expect.poll(() => traffic.answers.commands, { timeout: 40_000 }).toBeGreaterThan(before + 3)
  }

  const faults: Readonly<Record<string, (name: ServerName, traffic: Traffic) => Promise<void>>> = {
    restarted: async (name) => {
      await faulty[name].process.stop()
      await faulty[name].process.start()
    },
    'stopped, and started once it is missed': async (name, traffic) => {
      await faulty[name].process.stop()
      await isMissed(name, traffic)
      await faulty[name].process.start()
    },
    'frozen until it is missed': async (name, traffic) => {
      faulty[name].process.freeze()
      await isMissed(name, traffic)
      faulty[name].process.thaw()
    },
    slow: async (name, traffic) => {
      faulty[name].line.lag(50)
      try {
        await goesOn(traffic)
      } finally {
        faulty[name].line.lag(0)
      }
    },
    'cut off again and again': async (name, traffic) => {
      for (let n = 0; n < 3; n += 1) {
        faulty[name].line.cut()
        await goesOn(traffic)
      }
    },
  }
  const cases = serverNames.flatMap((name) => Object.keys(faults).map((fault) => [name, fault] as const))

  it.each(cases)(
    '%s %s: commands are refused clearly or done, a sync ends well, everything catches up',
    async (name, fault) => {
      const traffic = startTraffic(ada, `${name} ${fault}`)
      try {
        await goesOn(traffic)
        const [problemsOfSync] = await Promise.all([rounds.run(), faults[fault]?.(name, traffic)])
        expect(problemsOfSync).toEqual([])
        await becomesReady()
        await goesOn(traffic)
      } finally {
        await traffic.end()
      }
      expect(traffic.unexpected).toEqual([])
      const list = async () => (await ada.call(listEnvironments, {})).items.map((each) => each.name)
      await expect.poll(list, { timeout: 20_000 }).toEqual(expect.arrayContaining([...traffic.acknowledged]))
      const names = await list()
      expect(new Set(names).size).toBe(names.length)
      for (const each of traffic.acknowledged) everything.add(each)
    },
  )

  it('answers what it can while EventStoreDB is away', async () => {
    await faulty.EventStoreDB.process.stop()
    await expect.poll(problems, { timeout: 40_000 }).toContain('EventStoreDB')
    expect((await ada.call(listEnvironments, {})).items.length).toBeGreaterThanOrEqual(everything.size)
    const refused = ada.call(createEnvironment, { name: 'Not now', colour: '#2b6cb0' })
    await expect(refused).rejects.toMatchObject({
      status: 503,
      code: 'unavailable',
      retryAfterSeconds: expect.any(Number),
    })
    await faulty.EventStoreDB.process.start()
    await becomesReady()
    expect((await ada.call(listEnvironments, {})).items.map(({ name }) => name)).not.toContain('Not now')
  })

  it('has told every public event in the end, once under its id, in the order of each stream', async () => {
    await ada.call(createEnvironment, { name: 'The last one', colour: '#2b6cb0' })
    await using store = openEventStoreDb({ url: servers.urls.eventStore })
    const stored: { id: string; type: string; stream: string }[] = []
    for await (const { id, type, stream } of store.readAll()) stored.push({ id, type, stream })
    const nats = await connect({ servers: servers.urls.nats })
    const readStream = async (): Promise<CloudEvent[]> => {
      const told: CloudEvent[] = []
      const { state } = await (await jetstreamManager(nats)).streams.info(EVENTS_STREAM)
      const consumer = await jetstream(nats).consumers.get(EVENTS_STREAM)
      if (state.messages === 0) return told
      for await (const message of await consumer.consume()) {
        told.push(CloudEvent.parse(message.json()))
        if (message.info.pending === 0) break
      }
      return told
    }
    const publicTypes = new Set((await readStream()).map(({ type }) => type.split('.')[3]))
    const due = stored.filter(({ type }) => publicTypes.has(type))
    await expect
      .poll(async () => (await readStream()).map(({ id }) => id).toSorted(), { timeout: 20_000 })
      .toEqual(expect.arrayContaining(due.map(({ id }) => id)))
    const told = await readStream()
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
    const order = new Map(stored.map(({ id }, index) => [id, index]))
    for (const [, events] of Map.groupBy(told, ({ subject }) => subject)) {
      const places = events.map(({ id }) => order.get(id) ?? -1)
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    }
    await nats.close()
  })

  it('has models that equal those made anew from the events', async () => {
    const names = [
      ...['auth/accounts', 'auth/organizations', 'auth/people', 'auth/sessions'],
      ...['sites/sites', 'sites/environments', 'sites/instances'],
      ...['sync/syncs', 'sync/sync_items', 'sync/sync_log'],
    ]
    const lived = await dumpMongo(servers.urls.mongodb, names)
    expect(Object.values(lived).flat().length).toBeGreaterThan(everything.size)
    const { masterKey } = hub
    await hub[Symbol.asyncDispose]()
    await using again = await startDistributedHub({
      servers,
      folder,
      env: { HUB_MASTER_KEY: masterKey, HUB_MONGODB_PREFIX: 'again_' },
    })
    await Promise.all(again.members.map(async (member) => await member.ready()))
    expect(await dumpMongo(servers.urls.mongodb, names, { prefix: 'again_' })).toEqual(lived)
  })
})
