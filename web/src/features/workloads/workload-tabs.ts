/** Parts of a workload's page, in the order of its tabs. */
export const tabs = ['pods', 'logs', 'events', 'revisions', 'runs', 'references', 'syncs'] as const
export type Tab = (typeof tabs)[number]

/** The tabs of a kind: only Deployments have ReplicaSets, only CronJobs have runs. */
export const tabsOf = (kind: string): readonly Tab[] =>
  tabs.filter((tab) => (tab !== 'revisions' || kind === 'Deployment') && (tab !== 'runs' || kind === 'CronJob'))
