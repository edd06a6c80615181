import { randomUUID } from 'node:crypto'
import type { EventStore } from '@rancher-hub/event-store'
import type { ReadModels } from '@rancher-hub/read-model'
import { createLogger, type Leases, openDeadLetters, startProjectionRunner } from '@rancher-hub/service-kit'
import { syncLogProjection } from '@rancher-hub/sync'

const SYNCS = 500
const EVENTS_EACH = 100
const BAR = 3

const fill = async (store: EventStore): Promise<void> => {
  const metadata = {
    organization: 'org',
    correlationId: randomUUID(),
    causationId: randomUUID(),
    actor: 'user:ada',
    time: new Date().toISOString(),
  }
  for (let index = 0; index < SYNCS; index += 1) {
    const events = Array.from({ length: EVENTS_EACH }, () => ({
      id: randomUUID(),
      type: 'ItemWriteStarted',
      data: { itemId: randomUUID(), writeId: randomUUID() },
      metadata,
    }))
    await store.append(`sync-org_${randomUUID()}`, events, { expected: 'none' })
  }
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Milliseconds for reading 50,000 events, and for making the sync log anew from them. */
export const measureRebuild = async (store: EventStore, models: ReadModels, leases: Leases) => {
  await fill(store)
  const log = createLogger({ level: 'silent' })
  const deadLetters = await openDeadLetters(models, log, () => new Date())
  await using runner = await startProjectionRunner(syncLogProjection, {
    ...{ store, models, deadLetters, leases, log },
    upcasters: () => undefined,
    onChanged: () => undefined,
  })
  await runner.settled(await store.head(), AbortSignal.timeout(120_000))
  let read = 0
  const readMs = await timed(async () => {
    for await (const event of store.readAll({ categories: ['sync'] })) read += event.revision >= 0 ? 1 : 0
  })
  const rebuildMs = await timed(async () => await runner.rebuild())
  return { events: read, readMs, rebuildMs }
}

/** What that comes to. `beside`: what else is worth knowing. */
export const rebuildResult = (
  name: string,
  { events, readMs, rebuildMs }: Awaited<ReturnType<typeof measureRebuild>>,
  beside = '',
) => ({
  name,
  value: (events / rebuildMs) * 1000,
  unit: `events/s rebuilt${beside}`,
  against: { what: 'raw read, events/s', value: (events / readMs) * 1000 },
  ratio: rebuildMs / readMs,
  bar: BAR,
  met: rebuildMs / readMs <= BAR,
})
