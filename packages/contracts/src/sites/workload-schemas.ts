import { z } from 'zod'
import { Id, KubernetesName, Time } from '../schemas.ts'
import { AppInstance, SiteProblem } from './schemas.ts'
import { PageKind } from './shown-kinds.ts'

/** Names one workload of an app instance. */
export const workloadPath = {
  instanceId: Id,
  kind: PageKind.describe(
    'Rollout: of Argo Rollouts; CloneSet, AdvancedStatefulSet, AdvancedDaemonSet: of OpenKruise. These and Job are only shown, not compared or synced',
  ),
  name: KubernetesName,
}
/** One workload of an app instance. */
export interface WorkloadRef {
  readonly kind: PageKind
  readonly name: string
}

/** How much of a part of a page is known: one that is forbidden or fails leaves the others as they are. */
export const Part = z.object({
  state: z.enum(['complete', 'loading', 'forbidden', 'failed']),
  stale: z.boolean().describe('Changes do not arrive now'),
  problem: SiteProblem.optional(),
})
export type Part = z.output<typeof Part>

export const WorkloadStatus = z.object({
  state: z.enum(['healthy', 'progressing', 'degraded', 'stalled', 'suspended', 'unknown']),
  message: z.string().describe('Why, in a sentence: «2 of 5 pods: ImagePullBackOff, registry says not found»'),
  detail: z.string().optional().describe('The cluster’s own words'),
})

/** How many pods a workload wants, has of its newest revision, and has ready; what is not known is absent. */
export const WorkloadCounts = z.object({
  desired: z.number().int().optional(),
  updated: z.number().int().optional(),
  ready: z.number().int().optional(),
})

/** A container of the pod template in words. */
export const WorkloadContainer = z.object({
  name: z.string(),
  role: z.enum(['init', 'sidecar', 'main']),
  image: z.string(),
  requests: z.string(),
  limits: z.string(),
  ports: z.array(z.string()),
  probes: z.array(z.object({ name: z.enum(['startup', 'readiness', 'liveness']), text: z.string() })),
  command: z.string().optional(),
})

/** The same workload in another app instance. */
export const Elsewhere = z.object({
  instance: AppInstance,
  state: z.enum(['found', 'missing', 'not-read']).describe('not-read: not known now; `part` says why'),
  part: Part.optional().describe('How much is known of this kind there'),
  images: z.record(z.string(), z.string()),
  replicas: z.number().int().optional(),
  same: z.boolean().optional().describe('No difference in what is compared; absent for kinds that are only shown'),
})

export const JobRun = z.object({
  name: z.string(),
  state: z.enum(['running', 'succeeded', 'failed', 'suspended']),
  message: z.string().optional(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  failedPods: z.number().int(),
})
export type JobRun = z.output<typeof JobRun>

export const PodContainer = z.object({
  name: z.string(),
  role: z.enum(['init', 'sidecar', 'main', 'ephemeral']),
  image: z.string(),
  state: z.enum(['running', 'waiting', 'terminated', 'unknown']),
  reason: z.string().optional(),
  ready: z.boolean(),
  restarts: z.number().int(),
  hasPrevious: z.boolean().describe('There is a log of the container before its last restart'),
})

export const WorkloadPod = z.object({
  name: z.string(),
  uid: z.string(),
  status: z.string().describe('kubectl’s STATUS: Running, CrashLoopBackOff, Init:0/1, Terminating'),
  phase: z.string(),
  ready: z.number().int(),
  total: z.number().int(),
  restarts: z.number().int(),
  lastRestartAt: z.string().optional(),
  lastTermination: z
    .object({
      container: z.string(),
      reason: z.string().optional(),
      exitCode: z.number().int(),
      signal: z.number().int().optional(),
      at: z.string().optional(),
      message: z.string().optional(),
    })
    .optional(),
  node: z.string().optional(),
  createdAt: z.string().optional(),
  revision: z.string().optional(),
  isCurrent: z.boolean().optional().describe('Of the newest revision; absent where that is not known'),
  containers: z.array(PodContainer),
  trouble: z
    .object({ severity: z.enum(['broken', 'waiting']), text: z.string(), message: z.string().optional() })
    .optional(),
})
export type WorkloadPod = z.output<typeof WorkloadPod>

export const WorkloadEvent = z.object({
  object: z.object({ kind: z.string(), name: z.string() }),
  type: z.enum(['Normal', 'Warning']),
  reason: z.string(),
  message: z.string(),
  count: z.number().int().describe('How often, with what says the same merged'),
  firstAt: z.string().optional(),
  lastAt: z.string().optional(),
  source: z.string().optional(),
})

export const WorkloadRevision = z.object({
  name: z.string().describe('Of the ReplicaSet'),
  number: z.number().int(),
  images: z.record(z.string(), z.string()),
  createdAt: z.string().optional(),
  isCurrent: z.boolean(),
  desired: z.number().int(),
  ready: z.number().int(),
  cause: z.string().optional().describe('kubernetes.io/change-cause'),
})

export const referenceKinds = [
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'ServiceAccount',
  'Service',
  'Ingress',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
] as const

/** Something that a workload needs, or that points to it. */
export const WorkloadReference = z.object({
  kind: z.enum(referenceKinds),
  name: z.string(),
  state: z.enum(['present', 'missing', 'forbidden', 'unknown']).describe('forbidden: may not be seen'),
  via: z.array(z.string()).describe('Where it is named: containers[web].envFrom'),
  missingKeys: z.array(z.string()).describe('Keys that are read and are not there'),
  optional: z.boolean().describe('Pods start without it'),
  note: z.string().optional().describe('What matters of it: hosts, replicas, allowed disruptions'),
  attention: z.boolean().describe('The note tells of a trouble'),
})
export type WorkloadReference = z.output<typeof WorkloadReference>

export const LogLine = z.object({
  time: Time.optional(),
  text: z.string().describe('Without terminal colours and control characters'),
  cut: z.boolean().optional().describe('The line was longer'),
})
export type LogLine = z.output<typeof LogLine>
