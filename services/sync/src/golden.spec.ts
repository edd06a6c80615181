import { allEvents, catalogue } from '@rancher-hub/contracts'
import { stored } from '@rancher-hub/domain/testing'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { newId, toNewEvents } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import golden from './events.golden.json' with { type: 'json' }
import { createSyncService } from './service.ts'
import { type SyncEvent, syncEventSchemas } from './sync/sync.events.ts'
import { everyEvent, syncId } from './sync/sync.fixtures.ts'
import { evolveSync, initialSync } from './sync/sync.ts'

const schemas: Readonly<Record<string, { parse(data: unknown): unknown }>> = syncEventSchemas

describe('released events', () => {
  it.each(golden.map((sample) => [sample.type, sample] as const))('%s stays readable', (_name, { type, data }) => {
    expect(schemas[type]?.parse(data)).toEqual(data)
    expect(() => evolveSync(initialSync, { type, data } as SyncEvent)).not.toThrow()
  })

  it('are all in the golden file', () => {
    expect(new Set(golden.map(({ type }) => type))).toEqual(new Set(Object.keys(syncEventSchemas)))
  })

  it('are public as the contracts say', async () => {
    await using store = openMemoryEventStore()
    await using models = openMemoryReadModels()
    const service = await createSyncService({ store, models })
    const cause = {
      organization: 'org',
      actor: { kind: 'service', name: 'sync' } as const,
      correlationId: newId(),
      causationId: newId(),
    }
    await store.append(`sync-org_${syncId}`, toNewEvents(everyEvent(), cause, new Date()), { expected: 'none' })
    const published = new Set<string>()
    for (const [revision, event] of everyEvent().entries()) {
      const publication = await service.publish(
        stored(event, { category: 'sync', organization: 'org', streamId: syncId, revision }),
      )
      if (publication === undefined) continue
      expect(() => publication.event.data.parse(publication.data)).not.toThrow()
      published.add(publication.event.type)
    }
    expect(published).toEqual(
      new Set(allEvents.filter(({ service: owner }) => owner === 'sync').map(({ type }) => type)),
    )
  })
})

describe('sync service', () => {
  it('answers each of its contracts, once', async () => {
    await using store = openMemoryEventStore()
    await using models = openMemoryReadModels()
    const { handlers } = await createSyncService({ store, models })
    expect(handlers.map(({ contract }) => contract.name).toSorted()).toEqual(
      catalogue.sync.map(({ name }) => name).toSorted(),
    )
  })
})
