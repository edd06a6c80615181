import { z } from 'zod'
import { Id, KubernetesName } from '../schemas.ts'
import { WorkloadStatus } from './workload-schemas.ts'

/** Most rows of one page. */
export const MAX_LIST_PAGE = 200

/**
 * How an object differs from the one of the same kind and name in the instance that comes before its own in the order
 * of environments.
 */
export const driftStates = [
  'same',
  'images-differ',
  'differs',
  'only-here',
  'ignored',
  'unknown',
  'not-compared',
] as const
export const Drift = z
  .enum(driftStates)
  .describe(
    '`same`: nothing differs; `images-differ`: another image, and maybe more; `differs`: something other than an image; `only-here`: the neighbour has no such object; `ignored`: it differs only in what rules ignore, or a rule ignores it as a whole; `unknown`: the neighbour is not known now; `not-compared`: no neighbour, or a kind that is only shown',
  )
export type Drift = z.output<typeof Drift>

/** What drift in lists means, for descriptions of contracts. */
export const driftMeaning =
  'Drift compares each object with the object of the same kind and name in the neighbour of its instance: the instance ' +
  'in the nearest earlier environment with the same namespace name, else with the same name apart from the name of the ' +
  'environment, else the only one where both environments have just one. It is read from digests of what comparisons ' +
  'compare; rules that ignore count as they do in comparisons. It does not know what was synced last, and values that an ' +
  'override keeps count as different. A comparison tells what differs and what a sync would write.'

/** Owner of objects that no other tool manages. */
export const NO_OWNER = 'none'

const words = (max: number) => z.string().trim().max(max)
const ObjectKind = z
  .string()
  .max(63)
  .regex(/^[A-Z][A-Za-z0-9]*$/, 'A kind like Deployment')
const shared = {
  text: words(200)
    .optional()
    .describe('Words that must all occur in name, images or keys; upper and lower case are the same'),
  kind: z.array(ObjectKind).max(50).optional(),
  environment: z.array(Id).max(100).optional(),
  instance: z.array(Id).max(500).optional(),
  site: z.array(Id).max(200).optional(),
  namespace: z.array(KubernetesName).max(200).optional(),
  label: z
    .array(z.string().min(1).max(320))
    .max(20)
    .optional()
    .describe('Label selectors: `key`, `key=value`, `key!=value`, `!key`, `key in (a,b)`; all must hold'),
  owner: z
    .array(z.string().min(1).max(120))
    .max(50)
    .optional()
    .describe(`Tools that manage the object (Helm, Argo CD …); \`${NO_OWNER}\`: no tool`),
  drift: z.array(Drift).max(driftStates.length).optional(),
}

/** Filters of the workload list. Values of one field widen, fields narrow. */
export const workloadFilter = {
  ...shared,
  status: z.array(WorkloadStatus.shape.state).max(10).optional(),
  image: words(300)
    .optional()
    .describe('Words that must all occur in one image: part of a registry, repository, tag or digest'),
}
/** Filters of the config list. */
export const configFilter = {
  ...shared,
  type: z.array(z.string().min(1).max(253)).max(50).optional().describe('Types of Secrets: kubernetes.io/tls'),
  used: z.boolean().optional().describe('Read by a workload of the instance, or by none; leaves out what is not known'),
}

const direction = z.enum(['asc', 'desc']).default('asc')
export const workloadSorts = ['name', 'kind', 'environment', 'instance', 'status', 'age', 'image', 'restarts'] as const
export const workloadOrder = {
  sort: z
    .enum(workloadSorts)
    .default('name')
    .describe('`status`: worst first; `age`: newest first; `environment`: in the order of environments'),
  direction: direction.describe('Equal ones follow by name, environment, instance and kind, always ascending'),
}
export const configSorts = ['name', 'kind', 'environment', 'instance', 'age', 'keys', 'uses'] as const
export const configOrder = {
  sort: z.enum(configSorts).default('name').describe('`age`: newest first'),
  direction,
}

/** The page of a list. */
export const listPage = {
  offset: z.number().int().min(0).max(1_000_000).default(0),
  limit: z.number().int().min(1).max(MAX_LIST_PAGE).default(50),
  withLabels: z.boolean().default(false).describe('Rows carry their labels'),
}
