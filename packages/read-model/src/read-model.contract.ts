import { describe } from 'vitest'
import { documentCases } from './contract/document-cases.ts'
import { propertyCases } from './contract/property-cases.ts'
import { queryCases } from './contract/query-cases.ts'
import type { ReadModelsTraits } from './contract/suite.ts'
import type { ReadModels } from './read-model.port.ts'

export type { ReadModelsTraits } from './contract/suite.ts'

/**
 * Everything that the port promises, for one adapter. `open` gives fresh, empty read models each time.
 *
 * @example readModelContract('memory', async () => openMemoryReadModels(), { reopen: 'forgets', textOrder: 'code-point' })
 */
export const readModelContract = (name: string, open: () => Promise<ReadModels>, traits: ReadModelsTraits): void => {
  describe.skipIf(traits.missing === true)(`read model contract: ${name}`, () => {
    const suite = { open, traits }
    documentCases(suite)
    queryCases(suite)
    propertyCases(suite)
  })
}
