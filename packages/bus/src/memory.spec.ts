import { busContract } from './bus.contract.ts'
import { createMemoryBus } from './memory.ts'

busContract('memory', async () => createMemoryBus(), { window: 0, listeners: 'ignored' })
