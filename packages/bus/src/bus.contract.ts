import { describe } from 'vitest'
import type { Bus } from './bus.port.ts'
import { publishCases } from './contract/publish-cases.ts'
import { requestCases } from './contract/request-cases.ts'
import { streamCases } from './contract/stream-cases.ts'
import type { BusTraits } from './contract/suite.ts'

export type { BusTraits } from './contract/suite.ts'

/**
 * Everything that the port promises, for one adapter. `open` gives a bus that nobody else uses each time.
 *
 * @example busContract('memory', async () => createMemoryBus(), { window: 0, listeners: 'ignored' })
 */
export const busContract = (name: string, open: () => Promise<Bus>, traits: BusTraits): void => {
  describe.skipIf(traits.missing === true)(`bus contract: ${name}`, () => {
    const suite = { open, traits }
    requestCases(suite)
    streamCases(suite)
    publishCases(suite)
  })
}
