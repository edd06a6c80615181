import { z } from 'zod'
import { WorkloadKind } from './workload-kinds.ts'

/** Kinds of workloads that have a page and are neither compared nor synced, by the names that addresses use. */
export const ShownKind = z.enum(['Rollout', 'CloneSet', 'AdvancedStatefulSet', 'AdvancedDaemonSet', 'Job'])
export type ShownKind = z.output<typeof ShownKind>

/** Every kind that has a page. */
export const PageKind = z.enum([...WorkloadKind.options, ...ShownKind.options])
export type PageKind = z.output<typeof PageKind>

/** Where kinds that are only shown live, and what they are called there: OpenKruise's have the names of Kubernetes' own. */
export const shownKinds: Readonly<Record<ShownKind, { readonly group: string; readonly kind: string }>> = {
  Rollout: { group: 'argoproj.io', kind: 'Rollout' },
  CloneSet: { group: 'apps.kruise.io', kind: 'CloneSet' },
  AdvancedStatefulSet: { group: 'apps.kruise.io', kind: 'StatefulSet' },
  AdvancedDaemonSet: { group: 'apps.kruise.io', kind: 'DaemonSet' },
  Job: { group: 'batch', kind: 'Job' },
}

export const isShownKind = (kind: string): kind is ShownKind => kind in shownKinds

/** Whether clusters have a kind only where somebody installed it. */
export const isCustomKind = (kind: string): kind is Exclude<ShownKind, 'Job'> => isShownKind(kind) && kind !== 'Job'

/** What a kind is called in its cluster. */
export const kindInCluster = (kind: PageKind): string => (isShownKind(kind) ? shownKinds[kind].kind : kind)

/**
 * The kind in the address of a workload's page; undefined: it has none. Rows of lists carry an `apiVersion` where
 * their kind is only shown.
 */
export const pageKindOf = (kind: string, apiVersion?: string | undefined): PageKind | undefined => {
  if (apiVersion === undefined) return WorkloadKind.options.find((each) => each === kind)
  const [group] = apiVersion.split('/')
  return ShownKind.options.find((each) => shownKinds[each].kind === kind && shownKinds[each].group === group)
}
