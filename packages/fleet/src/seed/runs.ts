import type { Cluster } from '../api/cluster.ts'
import { type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'

const DAY_MS = 86_400_000
const manager = 'kube-controller-manager'
const iso = (at: number): string => new Date(at).toISOString().replace(/\.\d+/, '')

const setStatus = (cluster: Cluster, kind: string, namespace: string, name: string, status: Tree): void =>
  void cluster.update(resourceOfKind(kind), namespace, name, (before) => ({ ...before, status }), {
    manager,
    subresource: 'status',
  })

/** One run of a CronJob that is over. */
const makeRun = (cluster: Cluster, cron: KubeObject, at: number, failed: boolean): void => {
  const { name, uid = '', namespace = '' } = cron.metadata
  const run = `${name}-${Math.floor(at / 60_000)}`
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true }
  const job: KubeObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: run, ownerReferences: [owner] },
    spec: { backoffLimit: 6, template: structuredClone(valueAt(cron, 'spec', 'jobTemplate', 'spec', 'template')) },
  }
  cluster.create(resourceOfKind('Job'), namespace, job, { manager })
  const ended = iso(at + 95_000)
  const reached = {
    type: 'Failed',
    status: 'True',
    reason: 'BackoffLimitExceeded',
    message: 'Job has reached the specified backoff limit',
    lastTransitionTime: ended,
  }
  const status = failed
    ? { startTime: iso(at), failed: 7, conditions: [reached] }
    : {
        startTime: iso(at),
        completionTime: ended,
        succeeded: 1,
        conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: ended }],
      }
  setStatus(cluster, 'Job', namespace, run, status)
}

/** What controllers of a cluster that has been there for days have written: runs of CronJobs, counts of autoscalers and budgets. */
export const seedPast = (cluster: Cluster, namespace: string, now: number): void => {
  for (const cron of cluster.list(resourceOfKind('CronJob'), namespace)) {
    const last = Math.floor(now / DAY_MS) * DAY_MS - DAY_MS + 9_000_000
    for (const days of [2, 1, 0]) makeRun(cluster, cron, last - days * DAY_MS, false)
    const status = { lastScheduleTime: iso(last), lastSuccessfulTime: iso(last + 95_000) }
    setStatus(cluster, 'CronJob', namespace, cron.metadata.name, status)
  }
  for (const { metadata } of cluster.list(resourceOfKind('HorizontalPodAutoscaler'), namespace)) {
    const conditions = [
      {
        type: 'AbleToScale',
        status: 'True',
        reason: 'ReadyForNewScale',
        message: 'recommended size matches current size',
      },
      {
        type: 'ScalingActive',
        status: 'True',
        reason: 'ValidMetricFound',
        message: 'the HPA was able to compute the replica count',
      },
    ]
    setStatus(cluster, 'HorizontalPodAutoscaler', namespace, metadata.name, {
      currentReplicas: 2,
      desiredReplicas: 2,
      conditions,
    })
  }
  for (const { metadata } of cluster.list(resourceOfKind('PodDisruptionBudget'), namespace))
    setStatus(cluster, 'PodDisruptionBudget', namespace, metadata.name, {
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
    })
}
