import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  executeSync,
  getMe,
  getSync,
  listClusters,
  listEnvironments,
  listInstances,
  listPeople,
  listSites,
  listSyncItems,
  listSyncs,
  planSync,
  signIn,
} from '@rancher-hub/contracts'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { openSqliteReadModels } from '@rancher-hub/read-model/sqlite'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { migrateLog } from '../src/distributed/migrate.ts'
import { connectFleet } from '../src/index.ts'
import { startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { startServers } from '../src/test-bed/servers.ts'
import { createSession, openTestHub, programs, type TestHub } from './hub.fixtures.ts'
import { canonical, type Documents, dumpMongo } from './model-dump.fixtures.ts'

const services = ['auth', 'sites', 'sync'] as const
/** Positions are the store's own. */
const WITHOUT = ['_position']
const dumpSqlite = async (dataDir: string): Promise<Documents> => {
  const dump: Documents = {}
  for (const service of services) {
    const file = join(dataDir, `models-${service}.db`)
    const db = new DatabaseSync(file, { readOnly: true })
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
    const tables = names.all().map(({ name }) => String(name))
    db.close()
    await using models = openSqliteReadModels({ file })
    for (const name of tables) {
      const collection = await models.collection(name)
      dump[`${service}/${name}`] = []
      for await (const doc of collection.scan())
        dump[`${service}/${name}`]?.push(JSON.stringify(canonical(doc, WITHOUT)))
    }
  }
  return dump
}

describe.skipIf(programs === undefined)('a standalone hub that moves to the distributed shape [servers]', () => {
  let fleet: Fleet
  let test: TestHub
  const folder = mkdtempSync(join(tmpdir(), 'migrate-'))

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 10 })
    test = await openTestHub()
    await connectFleet(test.administrator, fleet)
  })
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const syncOnce = async (): Promise<void> => {
    const { administrator: ada } = test
    const { items } = await ada.call(listInstances, {})
    const idOf = (name: string): string => items.find((each) => each.environment.name === name)?.id ?? ''
    const { id: syncId } = await ada.call(planSync, {
      source: idOf('Dev'),
      targets: [idOf('Staging')],
      items: [{ object: { kind: 'Deployment', name: 'cart' }, selection: { mode: 'images' } }],
      note: 'before the move',
    })
    await vi.waitUntil(async () => (await ada.call(getSync, { syncId })).state === 'planned', { timeout: 20_000 })
    await ada.call(executeSync, { syncId, planHash: (await ada.call(getSync, { syncId })).planHash ?? '' })
    await vi.waitUntil(async () => (await ada.call(getSync, { syncId })).state === 'completed', { timeout: 20_000 })
  }

  /** What a person sees of history, sites and rights. */
  const story = async (client: TestHub['administrator']) => {
    const syncs = await client.call(listSyncs, {})
    const items = await Promise.all(syncs.items.map(async ({ id }) => await client.call(listSyncItems, { syncId: id })))
    const { items: sites } = await client.call(listSites, {})
    return {
      syncs,
      items,
      sites: sites.map(({ id, name, url, kind }) => ({ id, name, url, kind })),
      environments: await client.call(listEnvironments, {}),
      instances: await client.call(listInstances, {}),
      people: (await client.call(listPeople, {})).items.map(({ id, name, role }) => ({ id, name, role })),
      me: await client.call(getMe, {}),
    }
  }

  it('has the same history, sites and rights, byte-equal projections, and can open its credentials', async () => {
    await syncOnce()
    const before = await story(test.administrator)
    const masterKey = test.hub.folder.masterKey.toString('base64')
    const eventsFile = test.hub.folder.eventsFile
    const { dataDir } = test
    // The folder outlives the hub that wrote it: only its process ends here.
    await test.hub[Symbol.asyncDispose]()
    const projections = await dumpSqlite(dataDir)
    expect(Object.values(projections).flat().length).toBeGreaterThan(10)

    await using servers = await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'servers'))
    {
      await using from = openSqliteEventStore({ file: eventsFile })
      await using to = openEventStoreDb({ url: servers.urls.eventStore })
      const copied = await migrateLog(from, to, () => undefined)
      // Again: what is there is passed over.
      expect(await migrateLog(from, to, () => undefined)).toEqual(copied)
    }
    await using hub = await startDistributedHub({ servers, folder, env: { HUB_MASTER_KEY: masterKey } })
    const ada = createSession(hub.url)
    await vi.waitUntil(async () => (await dumpMongo(servers.urls.mongodb, ['auth/accounts']))['auth/accounts']?.length)
    expect(await dumpMongo(servers.urls.mongodb, Object.keys(projections), { without: WITHOUT })).toEqual(projections)

    await ada.call(signIn, { username: 'ada', password: 'correct horse battery' })
    expect(await story(ada)).toEqual(before)
    // Only with the master key of before can the sites be asked.
    for (const { id: siteId } of before.sites)
      expect((await ada.call(listClusters, { siteId })).items.length).toBeGreaterThan(0)
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('is refused where EventStoreDB holds something else', async () => {
    await using servers = await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'other'))
    const file = join(folder, 'small.db')
    const event = {
      id: crypto.randomUUID(),
      type: 'Happened',
      data: {},
      metadata: {
        organization: 'o',
        correlationId: 'c',
        causationId: 'c',
        actor: 'user:a',
        time: '2026-01-01T00:00:00Z',
      },
    }
    await using from = openSqliteEventStore({ file })
    await from.append('thing-1', [event], { expected: 'none' })
    await using to = openEventStoreDb({ url: servers.urls.eventStore })
    await to.append('other-1', [{ ...event, id: crypto.randomUUID() }], { expected: 'none' })
    await expect(migrateLog(from, to, () => undefined)).rejects.toThrow(/they are not the same log/)
    await to.append('thing-2', [{ ...event, id: crypto.randomUUID() }], { expected: 'none' })
    await from.append('thing-2', [{ ...event, id: crypto.randomUUID() }], { expected: 'none' })
    await expect(migrateLog(from, to, () => undefined)).rejects.toThrow(/holds another stream thing-2 already/)
  })
})
