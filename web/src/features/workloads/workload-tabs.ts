import { isShownKind, type PageKind } from '@rancher-hub/contracts'

/** Parts of a workload's page, in the order of its tabs. */
export const tabs = ['pods', 'logs', 'events', 'revisions', 'runs', 'references', 'syncs'] as const
export type Tab = (typeof tabs)[number]

const isFor = (tab: Tab, kind: PageKind): boolean => {
  if (tab === 'revisions') return kind === 'Deployment' || kind === 'Rollout'
  if (tab === 'runs') return kind === 'CronJob'
  return tab !== 'syncs' || !isShownKind(kind)
}

/** The tabs of a kind: only Deployments and Rollouts have ReplicaSets, only CronJobs have runs; what is only shown is never synced. */
export const tabsOf = (kind: PageKind): readonly Tab[] => tabs.filter((tab) => isFor(tab, kind))
