import { listWorkloadReferences, type PageKind, type Part, type ReturnOf } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { type Handler, handleQuery } from '@rancher-hub/service-kit'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import { type OtherConfig, readReferences } from '../inventory/read-references.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { createNeighbourReader, type NeighbourReader, type Neighbours } from './neighbours.ts'
import { newestReplicaSet } from './pod-rows.ts'
import { withTemplate } from './pod-template.ts'
import {
  accountFound,
  autoscalersFound,
  budgetsFound,
  type ConfigKnowledge,
  claimsFound,
  claimsOf,
  configFound,
  ingressesFound,
  servicesFound,
} from './references-of.ts'
import { FIRST_WAIT_MS, instanceOf, type WorkloadDeps } from './workload-deps.ts'
import type { PartName } from './workload-view.ts'

type Answer = ReturnOf<typeof listWorkloadReferences>

const KEEP_MS = 5_000

const configKnowledge = (inventory: InstanceInventory, others: OtherConfig): ConfigKnowledge => {
  const states = new Map(inventory.state().kinds.map(({ kind, state }) => [kind, state]))
  return {
    exists: (kind, name) => {
      if (states.get(kind) === 'forbidden') return 'forbidden'
      const other = others.get(`${kind}/${name}`)
      if (other !== undefined) return typeof other === 'string' ? other : 'present'
      const found = inventory.exists({ kind, name })
      return found === 'unknown' ? 'unknown' : found ? 'present' : 'missing'
    },
    keys: (kind, name) => {
      const other = others.get(`${kind}/${name}`)
      if (other !== undefined) return typeof other === 'string' ? undefined : other
      const found = inventory.get({ kind, name })
      return found === undefined ? undefined : Object.keys(found.keys)
    },
  }
}

/** What an object counts as when its kind could not be read. */
const unreadable = ({ part }: Neighbours): 'forbidden' | 'unknown' =>
  part.state === 'forbidden' ? 'forbidden' : 'unknown'

const collect = async (
  reader: NeighbourReader,
  instance: InstanceDoc,
  workload: KubernetesObject,
  inventory: InstanceInventory,
  beside: OtherConfig,
  pods: readonly KubernetesObject[],
): Promise<Pick<Answer, 'items' | 'kinds'>> => {
  const needsClaims = claimsOf(workload, pods).length > 0
  const [accounts, services, ingresses, autoscalers, budgets, claims] = await Promise.all([
    reader.list(instance, 'ServiceAccount'),
    reader.list(instance, 'Service'),
    reader.list(instance, 'Ingress'),
    reader.list(instance, 'HorizontalPodAutoscaler'),
    reader.list(instance, 'PodDisruptionBudget'),
    needsClaims ? reader.list(instance, 'PersistentVolumeClaim') : undefined,
  ])
  const selecting = servicesFound(workload, services.objects ?? [])
  const items = [
    ...configFound(workload, configKnowledge(inventory, beside)),
    ...(claims === undefined ? [] : claimsFound(workload, claims.objects, unreadable(claims), pods)),
    accountFound(workload, accounts.objects, unreadable(accounts)),
    ...selecting,
    ...ingressesFound(
      selecting.map(({ name }) => name),
      ingresses.objects ?? [],
    ),
    ...autoscalersFound(workload, autoscalers.objects ?? []),
    ...budgetsFound(workload, budgets.objects ?? []),
  ]
  const read: readonly [Answer['kinds'][number]['kind'], Neighbours | undefined][] = [
    ['PersistentVolumeClaim', claims],
    ['ServiceAccount', accounts],
    ['Service', services],
    ['Ingress', ingresses],
    ['HorizontalPodAutoscaler', autoscalers],
    ['PodDisruptionBudget', budgets],
  ]
  const ofConfig = inventory.state().kinds.flatMap(({ kind, state, problem }): Answer['kinds'] => {
    if ((kind !== 'ConfigMap' && kind !== 'Secret') || state === 'complete') return []
    const part: Part = { state, stale: false, ...(problem === undefined ? {} : { problem }) }
    return [{ kind, part }]
  })
  const others = read.flatMap(([kind, found]) =>
    found === undefined || found.part.state === 'complete' ? [] : [{ kind, part: found.part }],
  )
  return { items, kinds: [...ofConfig, ...others] }
}

/** What says what a workload needs: its spec, or what it has made. */
const shapedBy = (kind: PageKind): readonly PartName[] => {
  if (kind === 'Rollout') return ['workload', 'replicaSets']
  return kind === 'CloneSet' ? ['workload', 'pods'] : ['workload']
}

/** Answers `sites.list-workload-references`. */
export const answerListReferences = (deps: WorkloadDeps): Handler => {
  const reader = createNeighbourReader({ apiOf: deps.apiOf, keepMs: KEEP_MS })
  return handleQuery(listWorkloadReferences, async ({ instanceId, kind, name }, ctx) => {
    const instance = await instanceOf(deps, listWorkloadReferences, instanceId, ctx)
    const view = deps.views.use(instance, { kind, name })
    using used = await deps.inventories.use(instance)
    await Promise.all([
      view.settled(shapedBy(kind), FIRST_WAIT_MS, ctx.signal),
      used.inventory.settled(FIRST_WAIT_MS, ctx.signal),
    ])
    const found = view.object()
    const part = view.workload.part()
    if (found === undefined) return { part, items: [], kinds: [] }
    const workload = withTemplate(found, newestReplicaSet(view))
    const beside =
      instance.labelSelector === undefined
        ? new Map()
        : await readReferences(await deps.apiOf(instance), instance, workload, used.inventory)
    return { part, ...(await collect(reader, instance, workload, used.inventory, beside, view.ownPods())) }
  })
}
