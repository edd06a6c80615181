import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { CloudEvent, executeSync, getMe, getSync, listInstances, listSyncItems, planSync } from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectFleet, loadSettings, startHub } from '../src/index.ts'
import { openTestHub, shapes, type TestHub } from './hub.fixtures.ts'

const natsUrl = process.env['NATS_URL']

describe.each(shapes)('public events on a NATS server, %s', (shape, possible) => {
  describe.skipIf(natsUrl === undefined || !possible)('[real NATS, servers]', () => {
    let fleet: Fleet
    let test: TestHub
    let nats: NatsConnection
    let organization: string
    const heard: CloudEvent[] = []
    const raw: string[] = []

    beforeAll(async () => {
      fleet = await startFleet({ stepMs: 10 })
      test = await openTestHub(shape === 'standalone' ? { HUB_NATS_URL: natsUrl ?? '' } : {}, shape)
      nats = await connect({ servers: test.distributed?.servers.urls.nats ?? natsUrl ?? '' })
      organization = (await test.administrator.call(getMe, {})).organization.id
      const subscription = nats.subscribe(`hub.evt.${organization}.>`)
      void (async () => {
        for await (const message of subscription) {
          raw.push(message.string())
          heard.push(CloudEvent.parse(message.json()))
        }
      })()
      await connectFleet(test.administrator, fleet)
    })

    afterAll(async () => {
      await test?.[Symbol.asyncDispose]()
      await fleet?.[Symbol.asyncDispose]()
      await nats?.close()
    })

    const typesOf = (subject: string): string[] =>
      heard.filter((event) => event.subject.endsWith(subject)).map(({ type }) => type.split('.')[3] ?? '')

    interface Wanted {
      readonly kind: 'Deployment' | 'ConfigMap' | 'Secret'
      readonly name: string
    }
    const plan = async (object: Wanted, paths?: string[]): Promise<string> => {
      const { administrator: ada } = test
      const { items } = await ada.call(listInstances, {})
      const idOf = (name: string): string => items.find((each) => each.environment.name === name)?.id ?? ''
      const selection = paths === undefined ? { mode: 'images' as const } : { mode: 'fields' as const, paths }
      const targets = [idOf('Staging')]
      return (await ada.call(planSync, { source: idOf('Dev'), targets, items: [{ object, selection }] })).id
    }
    const sync = async (object: Wanted, paths?: string[]): Promise<string> => {
      const { administrator: ada } = test
      const syncId = await plan(object, paths)
      await vi.waitUntil(async () => (await ada.call(getSync, { syncId })).state === 'planned', { timeout: 20_000 })
      await ada.call(executeSync, { syncId, planHash: (await ada.call(getSync, { syncId })).planHash ?? '' })
      await vi.waitUntil(async () => (await ada.call(getSync, { syncId })).state === 'completed', { timeout: 20_000 })
      return syncId
    }

    /** The whole hub in the standalone shape, all processes that publish in the distributed one. */
    const startAgain = async (): Promise<AsyncDisposable> => {
      if (test.distributed !== undefined) {
        const members = test.distributed.hub.members.filter(({ name }) => name !== 'gateway')
        for (const { process } of members) await process.kill()
        for (const { process } of members) await process.launch()
        for (const member of members) await member.ready()
        return { [Symbol.asyncDispose]: async () => undefined }
      }
      const { dataDir } = test
      await test.hub[Symbol.asyncDispose]()
      const settings = loadSettings({
        HUB_DATA_DIR: dataDir,
        // Where the administrator's session is.
        PORT: new URL(test.url).port,
        HUB_NATS_URL: natsUrl ?? '',
        HUB_LOG_LEVEL: 'silent',
      })
      const again = await startHub(settings)
      await again.firstAdministratorLink()
      return again
    }

    it('tell a plain subscriber the same story as the history, and no secret', async () => {
      const syncId = await sync({ kind: 'Secret', name: 'cart-redis' }, ['data[password]'])
      await expect
        .poll(() => typesOf(syncId))
        .toEqual(['SyncRequested', 'SyncPlanned', 'SyncStarted', 'SyncItemFinished', 'SyncFinished'])
      const { items } = await test.administrator.call(listSyncItems, { syncId })
      const finished = heard.find((event) => event.subject.endsWith(syncId) && event.type.includes('SyncItemFinished'))
      expect(finished?.data).toMatchObject({
        syncId,
        itemId: items[0]?.id,
        object: { kind: 'Secret', name: 'cart-redis' },
        state: 'done',
        action: 'update',
      })
      const stored: string[] = []
      for await (const event of test.store.readAll({ categories: ['sync'] }))
        if (event.stream.endsWith(syncId)) stored.push(event.id)
      for (const event of heard.filter(({ subject }) => subject.endsWith(syncId))) expect(stored).toContain(event.id)
      const value = Buffer.from('dev-cart-redis-password').toString('base64')
      expect(raw.some((text) => text.includes(value) || text.includes('dev-cart-redis-password'))).toBe(false)
    })

    it('go on after a restart without a gap, each under one id', async () => {
      const syncId = await sync({ kind: 'Deployment', name: 'cart' })
      await expect.poll(() => typesOf(syncId)).toContain('SyncFinished')
      await using _again = await startAgain()
      // What is repeated comes before what happens later: each service publishes in order.
      const marker = await plan({ kind: 'Deployment', name: 'cart' })
      await expect.poll(() => typesOf(marker), { timeout: 20_000 }).toContain('SyncRequested')
      const manager = await jetstreamManager(nats)
      const info = await manager.streams.info('HUB_EVENTS', { subjects_filter: `hub.evt.${organization}.sync.>` })
      const subjects = info.state.subjects ?? {}
      expect(subjects[`hub.evt.${organization}.sync.SyncFinished`]).toBe(2)
      expect(subjects[`hub.evt.${organization}.sync.SyncRequested`]).toBe(3)
      expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length)
    })
  })
})
