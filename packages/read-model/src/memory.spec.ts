import { openMemoryReadModels } from './memory.ts'
import { readModelContract } from './read-model.contract.ts'

readModelContract('memory', async () => openMemoryReadModels(), { reopen: 'forgets', textOrder: 'code-point' })
