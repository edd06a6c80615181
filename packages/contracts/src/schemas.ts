import { z } from 'zod'

/** Identifier of anything the hub made: a UUID. */
export const Id = z.uuid()
export const Time = z.iso.datetime().describe('RFC 3339, UTC')
/** A name that people gave: 1–80 characters, no control characters, trimmed. */
export const Name = z
  .string()
  .trim()
  .min(1, 'Give it a name')
  .max(80, 'At most 80 characters')
  .regex(/^[^\p{Cc}]+$/u, 'No control characters')
/** A Kubernetes object name. */
export const KubernetesName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'Not a Kubernetes name')
export const Kind = z.enum(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'ConfigMap', 'Secret'])
export type Kind = z.output<typeof Kind>
/** Names one object inside an app instance. */
export const ObjectRef = z.object({ kind: Kind, name: KubernetesName })
export type ObjectRef = z.output<typeof ObjectRef>
/** A path inside a normalized object, as comparisons list them: `containers[web].image`, `data[theme.json]`. */
export const FieldPath = z.string().min(1).max(1024)
/** A count-based page: `total` counts all that match the filter. */
export const pageInput = {
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(500).default(50),
}
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), total: z.number().int() })
/** A person as shown beside what they did. */
export const Person = z.object({ id: Id, name: z.string() })
/** Optimistic lock: revision that the editor saw; editing an older one is refused with `changed-meanwhile`. */
export const Revision = z.number().int().min(0)
export const changedMeanwhile = {
  'changed-meanwhile': {
    status: 409,
    message: 'Somebody else changed this while you were editing. Look at the new state and try again.',
  },
} as const
export const nameTaken = {
  'name-taken': { status: 409, message: 'This name is in use already. Choose another one.' },
} as const
/** Answer of commands that have nothing to say. */
export const Done = z.object({})
