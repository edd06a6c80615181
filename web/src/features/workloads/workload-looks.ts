import type { getWorkload, JobRun, ResultOf, WorkloadPod } from '@rancher-hub/contracts'
import type { Tone } from '../../shared/format/tone.ts'

export type Workload = ResultOf<typeof getWorkload>
export const runTones: Readonly<Record<JobRun['state'], Tone>> = {
  running: 'running',
  succeeded: 'ok',
  failed: 'bad',
  suspended: 'neutral',
}

/** How a pod looks: by its trouble, else by its phase. */
export const podTone = ({ trouble, status, phase, ready, total }: WorkloadPod): Tone => {
  if (trouble !== undefined) return trouble.severity === 'broken' ? 'bad' : 'attention'
  if (status === 'Terminating') return 'neutral'
  if (phase === 'Succeeded' || (phase === 'Running' && ready === total)) return 'ok'
  return phase === 'Failed' ? 'bad' : 'running'
}

/** What a trouble says besides the status, and how it ended, that stand beside it. */
export const troubleWords = ({ trouble, status, lastTermination }: WorkloadPod): string => {
  const text = trouble?.text ?? ''
  if (text === status) return ''
  if (lastTermination !== undefined && text.startsWith(`${status}, ended with`)) return ''
  return text.startsWith(`${status}, `) ? text.slice(status.length + 2) : text
}
