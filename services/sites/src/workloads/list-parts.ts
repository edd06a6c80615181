import { listWorkloadEvents, listWorkloadPods, listWorkloadRevisions, type ReturnOf } from '@rancher-hub/contracts'
import { containerWords, type KubernetesObject, mergeEvents, valueAt } from '@rancher-hub/kubernetes'
import { type Handler, handleQuery } from '@rancher-hub/service-kit'
import { fitting } from '../fitting.ts'
import { currentHash, podRows, revisionHash, revisionNumber, rowMatches } from './pod-rows.ts'
import { FIRST_WAIT_MS, viewOf, type WorkloadDeps } from './workload-deps.ts'

const answerPods = (deps: WorkloadDeps): Handler =>
  handleQuery(listWorkloadPods, async ({ text, troubled, offset, limit, ...ref }, ctx) => {
    const view = await viewOf(deps, listWorkloadPods, ref, ctx)
    await view.settled(['workload', 'pods'], FIRST_WAIT_MS, ctx.signal)
    const needle = text?.trim().toLowerCase() ?? ''
    const found = podRows(view).filter(
      (row) => (!troubled || row.trouble !== undefined) && (needle === '' || rowMatches(row, needle)),
    )
    return {
      items: fitting(found.slice(offset, offset + limit)),
      total: found.length,
      part: partOf(view.pods.part(), view),
    }
  })

/** Where the workload itself is not known, nothing that belongs to it is. */
const partOf = (
  own: ReturnOf<typeof listWorkloadPods>['part'],
  view: Awaited<ReturnType<typeof viewOf>>,
): ReturnOf<typeof listWorkloadPods>['part'] => {
  if (own.state !== 'loading') return own
  const workload = view.workload.part()
  if (workload.state !== 'complete') return workload
  return view.object() === undefined ? workload : own
}

const answerEvents = (deps: WorkloadDeps): Handler =>
  handleQuery(listWorkloadEvents, async ({ warnings, offset, limit, ...ref }, ctx) => {
    const view = await viewOf(deps, listWorkloadEvents, ref, ctx)
    await view.settled(['workload', 'events'], FIRST_WAIT_MS, ctx.signal)
    const found = mergeEvents(view.ownEvents()).filter(({ type }) => !warnings || type === 'Warning')
    return { items: fitting(found.slice(offset, offset + limit)), total: found.length, part: view.events.part() }
  })

const imagesOf = (replicaSet: KubernetesObject): Record<string, string> =>
  Object.fromEntries(
    containerWords(replicaSet).map(({ name, role, image }) => [role === 'main' ? name : `init:${name}`, image]),
  )
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)

const answerRevisions = (deps: WorkloadDeps): Handler =>
  handleQuery(listWorkloadRevisions, async (ref, ctx) => {
    const view = await viewOf(deps, listWorkloadRevisions, ref, ctx)
    await view.settled(['workload', 'replicaSets'], FIRST_WAIT_MS, ctx.signal)
    const current = currentHash(view)
    const items = view
      .ownReplicaSets()
      .toSorted((a, b) => revisionNumber(b) - revisionNumber(a))
      .map((each) => ({
        name: each.metadata.name,
        number: revisionNumber(each),
        images: imagesOf(each),
        createdAt: each.metadata.creationTimestamp ?? undefined,
        isCurrent: current !== undefined && revisionHash(each) === current,
        desired: count(valueAt(each, 'spec', 'replicas')),
        ready: count(valueAt(each, 'status', 'readyReplicas')),
        cause: each.metadata.annotations?.['kubernetes.io/change-cause'],
      }))
    return { items: fitting(items), part: partOf(view.replicaSets.part(), view) }
  })

/** Pods, events and revisions of a workload, from what is watched of it. */
export const listPartsAnswers = (deps: WorkloadDeps): Handler[] => [
  answerPods(deps),
  answerEvents(deps),
  answerRevisions(deps),
]
