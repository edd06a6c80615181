import { z } from 'zod'
import { query } from '../kit.ts'

/** A name that becomes part of commands: a DNS label has nothing in it that a shell would read. */
const DnsLabel = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'Lower-case letters, digits and dashes')

export const describeRights = query('sites.describe-rights', {
  summary: 'Make the RBAC manifest with exactly the rights that a token needs',
  description:
    'For a cluster: a ServiceAccount with Roles, and commands that apply them and make a kubeconfig with its token. For Rancher: role templates for a user of its own. Nothing is sent to any cluster.',
  http: { method: 'GET', path: '/sites/rights' },
  access: 'site:write',
  input: z.object({
    siteKind: z.enum(['kubernetes', 'rancher']).default('kubernetes'),
    namespaces: z
      .array(DnsLabel)
      .max(100)
      .default([])
      .describe('Namespaces of apps; not needed for Rancher, whose projects have them'),
    mode: z.enum(['read', 'read-and-sync']).default('read'),
    secrets: z.boolean().default(false).describe('Also read Secrets, and with read-and-sync write them'),
    clusterWide: z
      .enum(['nothing', 'namespace-names', 'read'])
      .default('nothing')
      .describe(
        'What may be seen of the whole cluster: nothing, the names of its namespaces, or everything but Secrets. Writing and Secrets stay with the named namespaces.',
      ),
    account: DnsLabel.default('hub').describe('Name of the ServiceAccount'),
    accountNamespace: DnsLabel.default('rancher-hub').describe('Its namespace: one that no app runs in'),
    tokenDays: z.number().int().min(1).max(365).default(90),
  }),
  result: z.object({
    fileName: z.string(),
    manifest: z.string().describe('YAML documents'),
    objects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string().optional() })),
    grants: z.array(
      z.object({
        group: z.string().describe('API group; empty for the core group'),
        resource: z.string(),
        verbs: z.array(z.string()),
        where: z.enum(['namespaces', 'cluster']).describe('In each named namespace (or project), or everywhere'),
      }),
    ),
    commands: z.array(z.object({ purpose: z.enum(['apply', 'kubeconfig', 'check', 'revoke']), command: z.string() })),
  }),
  refusals: {
    'nothing-wanted': {
      status: 422,
      message: 'Name at least one namespace: without one, this token could do nothing.',
    },
  },
  examples: [
    {
      summary: 'The names of the namespaces of a cluster, and nothing else',
      input: { siteKind: 'rancher', mode: 'read', clusterWide: 'namespace-names' },
      result: {
        fileName: 'rancher-hub-roles.yaml',
        manifest: 'apiVersion: management.cattle.io/v3\nkind: RoleTemplate\n',
        objects: [{ kind: 'RoleTemplate', name: 'rancher-hub-cluster-namespace-names' }],
        grants: [{ group: '', resource: 'namespaces', verbs: ['list'], where: 'cluster' }],
        commands: [{ purpose: 'apply', command: 'kubectl apply -f rancher-hub-roles.yaml' }],
      },
    },
  ],
})
