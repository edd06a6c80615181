import { getWorkload, isShownKind, type PageKind, type ReturnOf } from '@rancher-hub/contracts'
import {
  containerWords,
  genericFacts,
  genericStatus,
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
import { describeInstanceDocs } from '../features/instances.ts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import { startInventories } from '../inventory/start-inventories.ts'
import { viaOf } from '../inventory/surroundings.ts'
import { lastKnownOf } from './last-known.ts'
import { newestReplicaSet, podRows } from './pod-rows.ts'
import { withTemplate } from './pod-template.ts'
import { FIRST_WAIT_MS, instanceOf, type WorkloadDeps } from './workload-deps.ts'
import { workloadElsewhere } from './workload-elsewhere.ts'
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

/** How it does; of a kind that is only shown by the same rules as in lists. */
const howItDoes = (view: WorkloadView, object: KubernetesObject): Pick<Shown, 'status' | 'counts'> => {
  const events = view.ownEvents()
  const pods = view.pods.known() === undefined ? undefined : podStates(view.ownPods(), events)
  if (isShownKind(view.ref.kind)) {
    const facts = genericFacts(object)
    const isBetweenKnown = viaOf(view.ref.kind) === undefined || view.replicaSets.known() !== undefined
    const { desired, updated, ready } = facts
    return { status: genericStatus(facts, isBetweenKnown ? pods : undefined), counts: { desired, updated, ready } }
  }
  const jobs = view.jobs.known() === undefined ? undefined : view.ownJobs().map(jobRun)
  const { desired, updated, ready } = rolloutStatus(object)
  return { status: workloadStatus(object, { pods, jobs, events }), counts: { desired, updated, ready } }
}

const shown = (view: WorkloadView, found: KubernetesObject, inventory: InstanceInventory): Shown => {
  const events = view.ownEvents()
  const object = withTemplate(found, newestReplicaSet(view))
  const isCron = object.kind === 'CronJob'
  return {
    uid: object.metadata.uid ?? '',
    createdAt: text(object.metadata.creationTimestamp),
    ...howItDoes(view, object),
    facts: workloadWords(object),
    containers: containerWords(object).map((each) => ({ ...each, ports: [...each.ports], probes: [...each.probes] })),
    managedBy: ownedBy(object),
    autoscaled: inventory.isAutoscaled({ apiVersion: object.apiVersion, kind: object.kind, name: view.ref.name }),
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

const partsOf = (kind: PageKind): readonly PartName[] => {
  if (kind === 'CronJob') return ['workload', 'jobs', 'events']
  return viaOf(kind) === 'ReplicaSet' ? ['workload', 'pods', 'replicaSets', 'events'] : ['workload', 'pods', 'events']
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
    const part = view.workload.part()
    const others = instances.filter(({ id }) => id !== instanceId)
    return {
      instance: own,
      part,
      lastKnown: object === undefined && part.state !== 'complete' ? lastKnownOf(used.inventory, ref) : undefined,
      workload: object === undefined ? undefined : shown(view, object, used.inventory),
      runs: kind === 'CronJob' ? { part: view.jobs.part(), items: runsOf(view) } : undefined,
      elsewhere: workloadElsewhere(deps.inventories, others, ref, used.inventory),
    }
  })
