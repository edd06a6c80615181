import { clusterGrants, type Grant, namespaceGrants, type ResourceUse, toRules } from './access-rules.ts'
import type { JsonObject, KubernetesObject } from './kubernetes-object.ts'

/** What a token is to be good for. */
export interface RightsWanted {
  /** Everything that is done inside a namespace. */
  readonly uses: readonly ResourceUse[]
  readonly mode: 'read' | 'read-and-sync'
  readonly secrets: boolean
  /** What may be seen outside the named namespaces. */
  readonly clusterWide: 'nothing' | 'namespace-names' | 'read'
}
/** The same for a ServiceAccount of a cluster. Names are DNS labels. */
export interface AccountRightsWanted extends RightsWanted {
  readonly account: { readonly name: string; readonly namespace: string }
  /** Namespaces of apps. */
  readonly namespaces: readonly string[]
}

/** What is allowed, and where: in each named namespace, or in the whole cluster. */
export interface PlacedGrant extends Grant {
  readonly where: 'namespaces' | 'cluster'
}

/** Objects to apply, and what they allow. */
export interface Rights {
  readonly objects: readonly KubernetesObject[]
  readonly grants: readonly PlacedGrant[]
}

const rbac = 'rbac.authorization.k8s.io'

/** Labels of everything that is made for one account: what they select is what takes its rights away. */
export const rightsLabels = ({
  name,
  namespace,
}: AccountRightsWanted['account']): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/part-of': 'rancher-hub',
  'rancherhub.io/account': name,
  'rancherhub.io/account-namespace': namespace,
})

const grantsOf = ({ uses, mode, secrets, clusterWide }: RightsWanted) => ({
  inNamespace: namespaceGrants(uses, {
    write: mode === 'read-and-sync',
    secrets,
    readElsewhere: clusterWide === 'read',
  }),
  inCluster: clusterWide === 'nothing' ? [] : clusterGrants(uses, clusterWide),
})

const placed = (grants: readonly Grant[], where: PlacedGrant['where']): readonly PlacedGrant[] =>
  grants.map((grant) => ({ ...grant, where }))

/**
 * A ServiceAccount with exactly these rights: a Role and a RoleBinding in each namespace, and where the whole cluster
 * may be seen a ClusterRole with its binding. Their names carry those of the account: two accounts never share one.
 */
export const accountRights = (wanted: AccountRightsWanted): Rights => {
  const { account } = wanted
  const { inNamespace, inCluster } = grantsOf(wanted)
  const namespaces = inNamespace.length === 0 ? [] : [...new Set(wanted.namespaces)].sort()
  const labels = rightsLabels(account)
  const name = `${account.namespace}:${account.name}`
  const subjects = [{ kind: 'ServiceAccount', name: account.name, namespace: account.namespace }]
  const role = (kind: 'Role' | 'ClusterRole', grants: readonly Grant[], metadata: { readonly namespace?: string }) => {
    const head = { apiVersion: `${rbac}/v1`, metadata: { name, ...metadata, labels } }
    const roleRef = { apiGroup: rbac, kind, name }
    return [
      { ...head, kind, rules: toRules(grants) },
      { ...head, kind: `${kind}Binding`, roleRef, subjects },
    ]
  }
  const objects: KubernetesObject[] = [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { ...account, labels },
      // No pod of that namespace gets the token by itself.
      automountServiceAccountToken: false,
    },
    ...(inCluster.length === 0 ? [] : role('ClusterRole', inCluster, {})),
    ...namespaces.flatMap((namespace) => role('Role', inNamespace, { namespace })),
  ]
  return {
    objects,
    grants: [...placed(inCluster, 'cluster'), ...(namespaces.length === 0 ? [] : placed(inNamespace, 'namespaces'))],
  }
}

const roleTemplate = (
  context: 'project' | 'cluster',
  { mode, secrets, clusterWide }: RightsWanted,
  grants: readonly Grant[],
): KubernetesObject => {
  const rest = clusterWide === 'read' ? '-rest' : ''
  const what = context === 'cluster' ? clusterWide : `${mode}${secrets ? '-secrets' : ''}${rest}`
  return {
    apiVersion: 'management.cattle.io/v3',
    kind: 'RoleTemplate',
    metadata: { name: `rancher-hub-${context}-${what}`, labels: { 'app.kubernetes.io/part-of': 'rancher-hub' } },
    displayName: `Rancher Hub: ${context}, ${what.replaceAll('-', ' ')}`,
    description: 'What the hub does with the API, and nothing more',
    context,
    rules: toRules(grants) as JsonObject['rules'],
  }
}

/**
 * The same for a user of Rancher: a role for members of projects, and where the whole cluster may be seen one for
 * members of clusters. Rancher binds them in every namespace of the project.
 */
export const rancherRights = (wanted: RightsWanted): Rights => {
  const { inNamespace, inCluster } = grantsOf(wanted)
  return {
    objects: [
      ...(inNamespace.length === 0 ? [] : [roleTemplate('project', wanted, inNamespace)]),
      ...(inCluster.length === 0 ? [] : [roleTemplate('cluster', wanted, inCluster)]),
    ],
    grants: [...placed(inCluster, 'cluster'), ...placed(inNamespace, 'namespaces')],
  }
}
