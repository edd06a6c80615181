import { z } from 'zod'
import { query } from '../kit.ts'
import { Id, Kind, KubernetesName } from '../schemas.ts'
import { ClusterId, SiteProblem } from './schemas.ts'

/** Which objects of a namespace belong to an instance, in Kubernetes' syntax; empty: all of them. */
export const LabelSelectorText = z.string().trim().max(1000)

export const selectorNotValid = {
  'selector-not-valid': {
    status: 422,
    message: 'The label selector cannot be read.',
    details: z.object({ position: z.number().int().describe('Characters from the beginning, 1 for the first') }),
  },
} as const

const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const environmentId = '6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f04'
const place = { siteId, clusterId: 'c-m-q7x5k2hd', namespace: 'shop' }

/** Names are cut at this many; the counts tell how many there are. */
export const PREVIEW_NAMES = 5

const Some = z.object({ count: z.number().int(), names: z.array(z.string()).describe('`Kind name`, the first few') })

export const previewSelector = query('sites.preview-selector', {
  summary:
    'Show what a label selector selects of a namespace now, and what of it belongs to no or to several instances',
  http: { method: 'GET', path: '/selector-preview' },
  access: 'instance:write',
  input: z.object({
    siteId: Id,
    clusterId: ClusterId,
    namespace: KubernetesName,
    environmentId: Id.optional().describe('With it: what other instances of this environment select too'),
    labelSelector: LabelSelectorText.default(''),
    exceptInstanceId: Id.optional().describe('The instance that is being edited'),
  }),
  result: z.object({
    kinds: z.array(
      z.object({
        kind: Kind,
        selected: z.number().int(),
        total: z.number().int(),
        names: z.array(z.string()).describe('The first few of what is selected'),
        problem: SiteProblem.optional().describe('Why this kind could not be read'),
      }),
    ),
    unbound: Some.describe('What would belong to no instance of the environment'),
    twice: z
      .array(Some.extend({ instance: z.object({ id: Id, name: z.string() }) }))
      .describe('What another instance of the environment selects as well'),
  }),
  refusals: {
    ...selectorNotValid,
    'no-such-namespace': {
      status: 422,
      message: 'The cluster has no namespace of this name, or the token may not see it.',
    },
  },
  limits: { timeoutMs: 60_000 },
  staleAfter: ['instances'],
  examples: [
    {
      summary: 'Half of a namespace',
      input: { ...place, environmentId, labelSelector: 'app.kubernetes.io/part-of=shop' },
      result: {
        kinds: [{ kind: 'Deployment', selected: 1, total: 2, names: ['cart'] }],
        unbound: { count: 1, names: ['Deployment wiki'] },
        twice: [],
      },
    },
  ],
})

export const SuggestedInstance = z.object({
  name: z.string().describe('Free, and at most 80 characters'),
  app: z.string().describe('The same for the same application in other environments'),
  environment: z.object({ id: Id, name: z.string(), colour: z.string(), protected: z.boolean() }),
  site: z.object({ id: Id, name: z.string() }),
  cluster: z.object({ id: z.string(), name: z.string() }),
  namespace: KubernetesName,
  confidence: z.enum(['high', 'medium', 'low']),
  reasons: z
    .array(
      z.object({
        code: z
          .enum(['namespace', 'cluster', 'project', 'site', 'same-app', 'other-name'])
          .describe(
            'Where the environment is named; same-app: it has the same name elsewhere; other-name: another environment is named too',
          ),
        text: z.string().describe('The word, or the name, that says so'),
      }),
    )
    .min(1),
})
export type SuggestedInstance = z.output<typeof SuggestedInstance>

export const suggestInstances = query('sites.suggest-instances', {
  summary: 'Suggest app instances from the names of clusters and namespaces that are not bound yet',
  description: 'Applications that several environments have come first; the most certain first within.',
  http: { method: 'GET', path: '/instance-suggestions' },
  access: 'instance:write',
  input: z.object({ limit: z.number().int().min(1).max(200).default(100) }),
  result: z.object({
    items: z.array(SuggestedInstance),
    total: z.number().int(),
    problems: z
      .array(z.object({ site: z.string(), cluster: z.string().optional(), problem: SiteProblem }))
      .describe('What could not be looked through'),
  }),
  limits: { timeoutMs: 60_000 },
  // Not «sites»: looking through them makes hints of that topic itself.
  staleAfter: ['instances', 'environments'],
  examples: [
    {
      summary: 'A namespace that is named after its environment',
      input: {},
      result: {
        items: [
          {
            name: 'shop staging',
            app: 'shop',
            environment: { id: environmentId, name: 'Staging', colour: '#b7791f', protected: false },
            site: { id: siteId, name: 'Rancher Europe' },
            cluster: { id: 'c-m-q7x5k2hd', name: 'apps-eu' },
            namespace: 'shop-staging',
            confidence: 'high',
            reasons: [{ code: 'namespace', text: 'staging' }],
          },
        ],
        total: 1,
        problems: [],
      },
    },
  ],
})
