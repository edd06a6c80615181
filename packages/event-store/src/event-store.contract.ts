import { describe } from 'vitest'
import { appendCases } from './contract/append-cases.ts'
import { readCases } from './contract/read-cases.ts'
import { subscribeCases } from './contract/subscribe-cases.ts'
import type { EventStoreTraits } from './contract/suite.ts'
import type { EventStore } from './event-store.port.ts'

export type { EventStoreTraits } from './contract/suite.ts'

/**
 * Everything that the port promises, for one adapter. `open` gives a fresh, empty store each time.
 *
 * @example eventStoreContract('memory', async () => openMemoryEventStore(), { reopen: 'forgets', knownIds: 'refused' })
 */
export const eventStoreContract = (name: string, open: () => Promise<EventStore>, traits: EventStoreTraits): void => {
  describe(`event store contract: ${name}`, () => {
    const suite = { open, traits }
    appendCases(suite)
    readCases(suite)
    subscribeCases(suite)
  })
}
