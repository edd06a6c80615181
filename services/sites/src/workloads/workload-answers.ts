import type { Handler } from '@rancher-hub/service-kit'
import { answerGetWorkload } from './get-workload.ts'
import { listPartsAnswers } from './list-parts.ts'
import { answerListReferences } from './list-references.ts'
import { answerReadPodLog } from './read-pod-log.ts'
import type { WorkloadDeps } from './workload-deps.ts'

/** Everything that the page of a workload asks. */
export const workloadAnswers = (deps: WorkloadDeps): Handler[] => [
  answerGetWorkload(deps),
  ...listPartsAnswers(deps),
  answerListReferences(deps),
  answerReadPodLog(deps),
]
