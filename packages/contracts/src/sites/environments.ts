import { z } from 'zod'
import { command, query } from '../kit.ts'
import { changedMeanwhile, Done, Id, KubernetesName, Name, nameTaken, page, pageInput, Revision } from '../schemas.ts'
import { LabelSelectorText, selectorNotValid } from './bind-places.ts'
import { AppInstance, ClusterId, Colour, Dependant, Environment } from './schemas.ts'

const environmentId = '6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f04'
const instanceId = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const environment = {
  id: environmentId,
  name: 'Staging',
  colour: '#b7791f',
  rank: 1,
  protected: false,
  instanceCount: 1,
  revision: 0,
}
const instance = {
  id: instanceId,
  name: 'shop staging',
  environment: { id: environmentId, name: 'Staging', colour: '#b7791f', rank: 1, protected: false },
  site: { id: siteId, name: 'Rancher Europe' },
  cluster: { id: 'c-m-q7x5k2hd', name: 'prod-eu' },
  namespace: 'shop',
  revision: 0,
}
const inUse = {
  'in-use': {
    status: 409,
    message: 'Other things depend on this. Delete or move them first.',
    details: z.object({ dependants: z.array(Dependant) }),
  },
} as const

export const listEnvironments = query('sites.list-environments', {
  summary: 'List the environments in their order',
  http: { method: 'GET', path: '/environments' },
  access: 'environment:read',
  input: z.object({}),
  result: z.object({ items: z.array(Environment) }),
  staleAfter: ['environments', 'instances'],
  examples: [{ summary: 'One environment', input: {}, result: { items: [environment] } }],
})

export const createEnvironment = command('sites.create-environment', {
  summary: 'Create an environment, last in the order',
  http: { method: 'POST', path: '/environments' },
  access: 'environment:write',
  input: z.object({ name: Name, colour: Colour, protected: z.boolean().default(false) }),
  result: z.object({ id: Id }),
  refusals: nameTaken,
  examples: [{ summary: 'Staging', input: { name: 'Staging', colour: '#b7791f' }, result: { id: environmentId } }],
})

export const editEnvironment = command('sites.edit-environment', {
  summary: 'Rename an environment, change its colour or protection',
  http: { method: 'PATCH', path: '/environments/:environmentId' },
  access: 'environment:write',
  input: z.object({
    environmentId: Id,
    name: Name.optional(),
    colour: Colour.optional(),
    protected: z.boolean().optional(),
    revision: Revision.optional(),
  }),
  result: Done,
  refusals: { ...nameTaken, ...changedMeanwhile },
  examples: [{ summary: 'Protect', input: { environmentId, protected: true }, result: {} }],
})

export const orderEnvironments = command('sites.order-environments', {
  summary: 'Set the order of all environments',
  http: { method: 'PUT', path: '/environments/order' },
  access: 'environment:write',
  input: z.object({ environmentIds: z.array(Id).min(1).max(100) }),
  result: Done,
  refusals: {
    'order-incomplete': {
      status: 409,
      message: 'The list does not name each environment exactly once. Load it again.',
    },
  },
  examples: [{ summary: 'Order', input: { environmentIds: [environmentId] }, result: {} }],
})

export const deleteEnvironment = command('sites.delete-environment', {
  summary: 'Delete an environment that nothing is bound to; history keeps its name',
  http: { method: 'DELETE', path: '/environments/:environmentId' },
  access: 'environment:write',
  input: z.object({ environmentId: Id }),
  result: Done,
  refusals: inUse,
  examples: [{ summary: 'Delete', input: { environmentId }, result: {} }],
})

export const listInstances = query('sites.list-instances', {
  summary: 'List the app instances, by environment order, then name',
  http: { method: 'GET', path: '/instances' },
  access: 'instance:read',
  input: z.object({
    text: z.string().max(120).optional(),
    environmentId: Id.optional(),
    siteId: Id.optional(),
    ids: z.array(Id).max(100).optional(),
    ...pageInput,
  }),
  result: page(AppInstance),
  staleAfter: ['instances', 'environments', 'sites'],
  examples: [{ summary: 'One instance', input: {}, result: { items: [instance], total: 1 } }],
})

const bound = {
  'already-bound': {
    status: 409,
    message:
      'This namespace is bound to this environment already. It can serve several instances when each has a label selector, and all of them differ.',
    details: z.object({ instanceId: Id, name: z.string() }),
  },
} as const

export const bindInstance = command('sites.bind-instance', {
  summary: 'Bind an environment to a namespace of a cluster, or to what a label selector selects of it',
  http: { method: 'POST', path: '/instances' },
  access: 'instance:write',
  input: z.object({
    name: Name,
    environmentId: Id,
    siteId: Id,
    clusterId: ClusterId,
    namespace: KubernetesName,
    labelSelector: LabelSelectorText.optional().describe(
      'Only objects with these labels belong to it: app.kubernetes.io/part-of=shop,tier!=cache; empty or absent: all',
    ),
  }),
  result: z.object({ id: Id }),
  refusals: {
    ...nameTaken,
    ...bound,
    ...selectorNotValid,
    'no-such-namespace': {
      status: 422,
      message: 'The cluster has no namespace of this name, or the token may not see it.',
    },
  },
  limits: { timeoutMs: 60_000 },
  examples: [
    {
      summary: 'Bind',
      input: { name: 'shop staging', environmentId, siteId, clusterId: 'c-m-q7x5k2hd', namespace: 'shop' },
      result: { id: instanceId },
    },
  ],
})

export const editInstance = command('sites.edit-instance', {
  summary: 'Rename an app instance, move it to another environment, or change which objects belong to it',
  http: { method: 'PATCH', path: '/instances/:instanceId' },
  access: 'instance:write',
  input: z.object({
    instanceId: Id,
    name: Name.optional(),
    environmentId: Id.optional(),
    labelSelector: LabelSelectorText.optional().describe('Empty: the whole namespace; absent: as it is'),
    revision: Revision.optional(),
  }),
  result: Done,
  refusals: { ...nameTaken, ...changedMeanwhile, ...bound, ...selectorNotValid },
  examples: [{ summary: 'Rename', input: { instanceId, name: 'shop stage' }, result: {} }],
})

export const deleteInstance = command('sites.delete-instance', {
  summary: 'Delete an app instance; nothing in the cluster changes, history keeps its name',
  http: { method: 'DELETE', path: '/instances/:instanceId' },
  access: 'instance:write',
  input: z.object({ instanceId: Id }),
  result: Done,
  examples: [{ summary: 'Delete', input: { instanceId }, result: {} }],
})
