import { isPaused } from './generic-status.ts'
import { isObject, type KubernetesObject, valueAt } from './kubernetes-object.ts'
import type { SpecFact } from './spec-fact.ts'

type Fact = readonly [SpecFact['name'], string]

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

/** Whether a workload is of a kind that is only shown: a Job, or one of an operator. */
export const isOnlyShown = ({ kind, apiVersion = 'apps/v1' }: KubernetesObject): boolean =>
  kind === 'Job' || !/^(apps|batch)\/v\d/.test(apiVersion)

const jobFacts = (job: KubernetesObject): Fact[] => {
  // Without `completions` one success ends the Job; otherwise that many are wanted (batch/v1 JobSpec).
  const completions = text(valueAt(job, 'spec', 'completions') ?? 1)
  const parallelism = text(valueAt(job, 'spec', 'parallelism') ?? 1)
  const backoff = valueAt(job, 'spec', 'backoffLimit') ?? 6
  const deadline = valueAt(job, 'spec', 'activeDeadlineSeconds')
  const time = typeof deadline === 'number' ? ` or ${deadline} s` : ''
  return [
    ['completions', `${completions} wanted, at most ${parallelism} at the same time`],
    ['deadline', `Given up after ${text(backoff)} failed pod${backoff === 1 ? '' : 's'}${time}`],
    ['paused', valueAt(job, 'spec', 'suspend') === true ? 'Suspended: no new pods' : ''],
  ]
}

/** The strategy by its name, with the steps of a canary: Argo Rollouts `spec.strategy`. */
const rolloutStrategy = (rollout: KubernetesObject): string => {
  const strategy = valueAt(rollout, 'spec', 'strategy')
  if (isObject(valueAt(strategy, 'blueGreen'))) return 'Blue-green'
  if (!isObject(valueAt(strategy, 'canary'))) return ''
  const steps = valueAt(strategy, 'canary', 'steps')
  const count = Array.isArray(steps) ? steps.length : 0
  const at = valueAt(rollout, 'status', 'currentStepIndex')
  if (count === 0) return 'Canary'
  const done = typeof at === 'number' ? `, ${Math.min(at, count)} done` : ''
  return `Canary in ${count} step${count === 1 ? '' : 's'}${done}`
}

/** By their own names: OpenKruise `spec.updateStrategy`, and what every kind with that field says. */
const updateStrategy = (object: KubernetesObject): string => {
  const strategy = valueAt(object, 'spec', 'updateStrategy')
  const rolling = valueAt(strategy, 'rollingUpdate')
  const how = text(valueAt(rolling, 'podUpdatePolicy')) || text(valueAt(rolling, 'rollingUpdateType'))
  const partition = text(valueAt(rolling, 'partition') ?? valueAt(strategy, 'partition'))
  const unavailable = text(valueAt(rolling, 'maxUnavailable') ?? valueAt(strategy, 'maxUnavailable'))
  return [
    text(valueAt(strategy, 'type')),
    how,
    unavailable === '' ? '' : `at most ${unavailable} unavailable`,
    partition === '' || partition === '0' ? '' : `partition ${partition}`,
  ]
    .filter((each) => each !== '')
    .join(', ')
}

const templateWords = (object: KubernetesObject): string => {
  const kind = text(valueAt(object, 'spec', 'workloadRef', 'kind'))
  return kind === '' ? '' : `That of ${kind} ${text(valueAt(object, 'spec', 'workloadRef', 'name'))}`
}

/** What the spec of a kind that is only shown says generically; nothing for what it does not say. */
export const shownFacts = (object: KubernetesObject): Fact[] => {
  if (object.kind === 'Job') return jobFacts(object)
  const replicas = object.kind === 'DaemonSet' ? 'One pod on every node that matches' : undefined
  return [
    ['replicas', replicas ?? text(valueAt(object, 'spec', 'replicas') ?? 1)],
    ['strategy', object.kind === 'Rollout' ? rolloutStrategy(object) : updateStrategy(object)],
    ['paused', isPaused(object) ? 'Changes are not rolled out' : ''],
    ['template', templateWords(object)],
  ]
}
