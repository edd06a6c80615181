import { eventStoreContract } from './event-store.contract.ts'
import { openMemoryEventStore } from './memory.ts'

eventStoreContract('memory', async () => openMemoryEventStore(), { reopen: 'forgets', knownIds: 'refused' })
