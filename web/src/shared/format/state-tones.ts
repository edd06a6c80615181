import type { WorkloadRow } from '@rancher-hub/contracts'
import type { Tone } from './tone.ts'

/** How the states of a workload look. */
export const stateTones: Readonly<Record<WorkloadRow['status']['state'], Tone>> = {
  healthy: 'ok',
  progressing: 'running',
  degraded: 'attention',
  stalled: 'bad',
  suspended: 'neutral',
  unknown: 'unknown',
}
