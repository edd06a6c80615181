import { describe } from 'vitest'
import { controllerCases } from './conformance/controller-cases.ts'
import { logCases } from './conformance/log-cases.ts'
import { readingCases } from './conformance/reading-cases.ts'
import { type OpenedServer, openSuite } from './conformance/suite.ts'
import { watchingCases } from './conformance/watching-cases.ts'
import { writingCases } from './conformance/writing-cases.ts'

export type { Answer, Api } from './conformance/suite.ts'

/** What the hub relies on of an API server: the simulator and the real one are held to the same. */
export const kubernetesConformance = (name: string, open: () => Promise<OpenedServer>): void => {
  describe(`Kubernetes conformance: ${name}`, () => {
    const suite = openSuite(open)
    readingCases(suite)
    writingCases(suite)
    watchingCases(suite)
    controllerCases(suite)
    logCases(suite)
  })
}
