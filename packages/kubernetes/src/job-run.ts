import { type KubernetesObject, valueAt } from './kubernetes-object.ts'
import { conditionOf } from './pod-trouble.ts'

/** One run of a CronJob. */
export interface JobRun {
  readonly name: string
  readonly state: 'running' | 'succeeded' | 'failed' | 'suspended'
  readonly message?: string | undefined
  readonly startedAt?: string | undefined
  readonly endedAt?: string | undefined
  readonly failedPods: number
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const failureWords: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'its pods failed too often',
  DeadlineExceeded: 'it took longer than allowed',
  PodFailurePolicy: 'a pod failed in a way that is not tried again',
}

/** Reads a Job: a condition counts only when it is true (batch/v1 JobConditionType). */
export const jobRun = (job: KubernetesObject): JobRun => {
  const is = (type: string): Readonly<Record<string, unknown>> | undefined => {
    const found = conditionOf(job, type)
    return found?.['status'] === 'True' ? found : undefined
  }
  const failed = is('Failed') ?? is('FailureTarget')
  const done = is('Complete') ?? is('SuccessCriteriaMet')
  const failedPods = valueAt(job, 'status', 'failed')
  const reason = text(failed?.['reason']) ?? ''
  return {
    name: job.metadata.name,
    state:
      failed !== undefined
        ? 'failed'
        : done !== undefined
          ? 'succeeded'
          : is('Suspended') !== undefined
            ? 'suspended'
            : 'running',
    message:
      failed === undefined
        ? undefined
        : `${failureWords[reason] ?? reason}${text(failed['message']) === undefined ? '' : ` (${String(failed['message'])})`}`,
    startedAt: text(valueAt(job, 'status', 'startTime')) ?? text(job.metadata.creationTimestamp),
    endedAt: text(valueAt(job, 'status', 'completionTime')) ?? text(failed?.['lastTransitionTime']),
    failedPods: typeof failedPods === 'number' ? failedPods : 0,
  }
}
