import { z } from 'zod'

/** Kinds of workloads that are compared and synced. */
export const WorkloadKind = z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob'])
export type WorkloadKind = z.output<typeof WorkloadKind>
