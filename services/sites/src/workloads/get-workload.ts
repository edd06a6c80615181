import { type AppInstance, type Elsewhere, getWorkload, type ObjectRef, type ReturnOf } from '@rancher-hub/contracts'
import {
  containerWords,
  type JobRun,
  jobRun,
  type KubernetesObject,
  objectsIn,
  ownedBy,
  podStates,
  rolloutStatus,
  valueAt,
  workloadStatus,
  workloadWords,
} from '@rancher-hub/kubernetes'
import { type Handler, handleQuery } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import { describeInstanceDocs } from '../features/instances.ts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import { kindPart } from '../inventory/kind-part.ts'
import { startInventories } from '../inventory/start-inventories.ts'
import { podRows } from './pod-rows.ts'
import { FIRST_WAIT_MS, instanceOf, type WorkloadDeps } from './workload-deps.ts'
import type { PartName, WorkloadView } from './workload-view.ts'

type Shown = NonNullable<ReturnOf<typeof getWorkload>['workload']>

const MAX_RUNS = 20
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

const runsOf = (view: WorkloadView): JobRun[] =>
  view
    .ownJobs()
    .map(jobRun)
    .sort((a, b) => (b.startedAt ?? '').localeCompare(a.startedAt ?? ''))
    .slice(0, MAX_RUNS)

const shown = (view: WorkloadView, object: KubernetesObject, inventory: InstanceInventory): Shown => {
  const events = view.ownEvents()
  const rollout = rolloutStatus(object)
  const status = workloadStatus(object, {
    pods: view.pods.known() === undefined ? undefined : podStates(view.ownPods(), events),
    jobs: view.jobs.known() === undefined ? undefined : view.ownJobs().map(jobRun),
    events,
  })
  const isCron = object.kind === 'CronJob'
  return {
    uid: object.metadata.uid ?? '',
    createdAt: text(object.metadata.creationTimestamp),
    status,
    counts: { desired: rollout.desired, updated: rollout.updated, ready: rollout.ready },
    facts: workloadWords(object),
    containers: containerWords(object).map((each) => ({ ...each, ports: [...each.ports], probes: [...each.probes] })),
    managedBy: ownedBy(object),
    autoscaled: inventory.isAutoscaled(view.ref),
    podTroubles: podRows(view).filter(({ trouble }) => trouble !== undefined).length,
    warnings: events.filter(({ type }) => type === 'Warning').length,
    schedule: isCron
      ? {
          lastAt: text(valueAt(object, 'status', 'lastScheduleTime')),
          lastSuccessAt: text(valueAt(object, 'status', 'lastSuccessfulTime')),
          active: objectsIn(valueAt(object, 'status', 'active')).length,
        }
      : undefined,
  }
}

/** The same workload in the other instances, from what is known of them now. */
const elsewhereOf = (
  deps: WorkloadDeps,
  others: readonly AppInstance[],
  ref: ObjectRef,
  digest: string | undefined,
): z.input<typeof Elsewhere>[] =>
  others.map((instance) => {
    const inventory = deps.inventories.peek(instance.id)
    const part = kindPart(inventory, ref.kind)
    const found = inventory?.get(ref)
    if (found === undefined)
      return { instance, part, state: inventory?.exists(ref) === false ? 'missing' : 'not-read', images: {} }
    return {
      instance,
      part,
      state: 'found',
      images: { ...found.images },
      replicas: found.replicas,
      same: digest === undefined ? undefined : found.digest === digest,
    }
  })

const partsOf = (kind: ObjectRef['kind']): readonly PartName[] => {
  if (kind === 'CronJob') return ['workload', 'jobs', 'events']
  return kind === 'Deployment' ? ['workload', 'pods', 'replicaSets', 'events'] : ['workload', 'pods', 'events']
}

/** Answers `sites.get-workload`. Asking has the other instances read too, for what runs there. */
export const answerGetWorkload = (deps: WorkloadDeps): Handler =>
  handleQuery(getWorkload, async ({ instanceId, kind, name }, ctx) => {
    const doc = await instanceOf(deps, getWorkload, instanceId, ctx)
    const ref = { kind, name }
    const view = deps.views.use(doc, ref)
    using used = await deps.inventories.use(doc)
    const docs = await deps.models.instances(ctx.organization)
    await startInventories(
      deps.inventories,
      docs.filter(({ _id }) => _id !== instanceId),
    )
    await view.settled(partsOf(kind), FIRST_WAIT_MS, ctx.signal)
    const instances = await describeInstanceDocs(deps, ctx.organization, docs)
    const own = instances.find(({ id }) => id === instanceId)
    if (own === undefined) throw new Error(`Instance ${instanceId} has no environment or site`)
    const object = view.object()
    const others = instances.filter(({ id }) => id !== instanceId)
    return {
      instance: own,
      part: view.workload.part(),
      workload: object === undefined ? undefined : shown(view, object, used.inventory),
      runs: kind === 'CronJob' ? { part: view.jobs.part(), items: runsOf(view) } : undefined,
      elsewhere: elsewhereOf(deps, others, ref, used.inventory.get(ref)?.digest),
    }
  })
