import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { openSqliteReadModels } from '@rancher-hub/read-model/sqlite'
import { createLogger, openDeadLetters, soleLeases, startProjectionRunner } from '@rancher-hub/service-kit'
import { syncLogProjection } from '@rancher-hub/sync'

const SYNCS = 500
const EVENTS_EACH = 100

/** The sync log rebuilt from 50,000 events, against reading the same events and nothing else. */
export const run = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  await using store = openSqliteEventStore({ file: join(folder, 'events.db') })
  await using models = openSqliteReadModels({ file: join(folder, 'models.db') })
  try {
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
    const log = createLogger({ level: 'silent' })
    const deadLetters = await openDeadLetters(models, log, () => new Date())
    await using runner = await startProjectionRunner(syncLogProjection, {
      store,
      models,
      deadLetters,
      leases: soleLeases(),
      log,
      upcasters: () => undefined,
      onChanged: () => undefined,
    })
    await runner.settled(await store.head(), AbortSignal.timeout(60_000))
    const readBegun = performance.now()
    let read = 0
    for await (const event of store.readAll({ categories: ['sync'] })) read += event.revision >= 0 ? 1 : 0
    const readMs = performance.now() - readBegun
    const begun = performance.now()
    await runner.rebuild()
    const ms = performance.now() - begun
    return {
      name: 'projection-rebuild',
      value: (read / ms) * 1000,
      unit: 'events/s rebuilt',
      against: { what: 'raw read, events/s', value: (read / readMs) * 1000 },
      ratio: ms / readMs,
      bar: 3,
      met: ms / readMs <= 3,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
