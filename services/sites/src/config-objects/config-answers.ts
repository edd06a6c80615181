import type { Handler } from '@rancher-hub/service-kit'
import type { WorkloadDeps } from '../workloads/workload-deps.ts'
import { answerGetConfigObject } from './get-config-object.ts'
import { answerGetConfigValue } from './get-config-value.ts'

/** Everything that the page of a ConfigMap or Secret asks. */
export const configAnswers = (deps: WorkloadDeps): Handler[] => [
  answerGetConfigObject(deps),
  answerGetConfigValue(deps),
]
