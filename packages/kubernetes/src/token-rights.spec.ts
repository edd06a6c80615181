import { describe, expect, it } from 'vitest'
import type { ResourceUse } from './access-rules.ts'
import { type AccountRightsWanted, accountRights, rancherRights } from './token-rights.ts'

const uses: readonly ResourceUse[] = [
  { group: 'apps', resource: 'deployments', read: ['get', 'list'], write: ['patch'] },
  { group: 'apps', resource: 'statefulsets', read: ['get', 'list'], write: ['patch'] },
  { group: '', resource: 'secrets', read: ['get', 'list'], write: ['patch'] },
  { group: '', resource: 'pods', read: ['list'] },
]
const wanted = (changes: Partial<AccountRightsWanted> = {}): AccountRightsWanted => ({
  uses,
  mode: 'read',
  secrets: false,
  clusterWide: 'nothing',
  namespaces: ['shop-b', 'shop-a', 'shop-b'],
  account: { name: 'hub', namespace: 'tools' },
  ...changes,
})

const listed = (changes?: Partial<AccountRightsWanted>): string[] =>
  accountRights(wanted(changes)).objects.map(({ kind, metadata: { namespace } }) => `${kind} ${namespace ?? '-'}`)
const rulesOf = (kind: string, changes?: Partial<AccountRightsWanted>): unknown =>
  accountRights(wanted(changes)).objects.find((object) => object.kind === kind)?.['rules']

describe('the rights of an account', () => {
  it('are a Role and its binding in each namespace, and nothing cluster-wide', () => {
    expect(listed()).toEqual([
      'ServiceAccount tools',
      'Role shop-a',
      'RoleBinding shop-a',
      'Role shop-b',
      'RoleBinding shop-b',
    ])
    expect(accountRights(wanted()).objects[2]).toMatchObject({
      metadata: { name: 'tools:hub' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tools:hub' },
      subjects: [{ kind: 'ServiceAccount', name: 'hub', namespace: 'tools' }],
    })
  })

  it('read only, without Secrets', () => {
    expect(rulesOf('Role')).toEqual([
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ])
  })

  it('write to what is synced, and to nothing that is only read', () => {
    expect(rulesOf('Role', { mode: 'read-and-sync', secrets: true })).toEqual([
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list', 'patch'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    ])
  })

  it('see no more of the cluster than the names of its namespaces', () => {
    expect(listed({ clusterWide: 'namespace-names' }).slice(1, 3)).toEqual(['ClusterRole -', 'ClusterRoleBinding -'])
    expect(rulesOf('ClusterRole', { clusterWide: 'namespace-names' })).toEqual([
      { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] },
    ])
  })

  it('read the whole cluster by one ClusterRole; Secrets and writing stay with the named namespaces', () => {
    const everything = { clusterWide: 'read', mode: 'read-and-sync', secrets: true } as const
    expect(JSON.stringify(rulesOf('ClusterRole', everything))).not.toMatch(/secrets|patch/)
    expect(rulesOf('Role', everything)).toEqual([
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['patch'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'patch'] },
    ])
    expect(listed({ clusterWide: 'read' })).toEqual(['ServiceAccount tools', 'ClusterRole -', 'ClusterRoleBinding -'])
  })

  it('have a name of their own for each account, and labels that take them away', () => {
    const other = accountRights(wanted({ account: { name: 'hub', namespace: 'other' } }))
    expect(other.objects[1]?.metadata.name).toBe('other:hub')
    expect(other.objects.map(({ metadata }) => metadata.labels?.['rancherhub.io/account-namespace'])).toEqual(
      Array(5).fill('other'),
    )
  })

  it('say what is granted where', () => {
    expect(accountRights(wanted({ clusterWide: 'namespace-names' })).grants).toEqual([
      { group: '', resource: 'namespaces', verbs: ['list'], where: 'cluster' },
      { group: 'apps', resource: 'deployments', verbs: ['get', 'list'], where: 'namespaces' },
      { group: 'apps', resource: 'statefulsets', verbs: ['get', 'list'], where: 'namespaces' },
      { group: '', resource: 'pods', verbs: ['list'], where: 'namespaces' },
    ])
  })
})

describe('the rights of a user of Rancher', () => {
  it('are a role for members of projects', () => {
    const { objects } = rancherRights(wanted({ mode: 'read-and-sync' }))
    expect(objects).toMatchObject([
      { kind: 'RoleTemplate', context: 'project', metadata: { name: 'rancher-hub-project-read-and-sync' } },
    ])
    expect(JSON.stringify(objects)).not.toContain('secrets')
  })

  it('and one for members of clusters, where the whole cluster may be seen', () => {
    const { objects } = rancherRights(wanted({ clusterWide: 'read', secrets: true }))
    expect(objects.map(({ metadata, ...rest }) => [rest['context'], metadata.name])).toEqual([
      ['project', 'rancher-hub-project-read-secrets-rest'],
      ['cluster', 'rancher-hub-cluster-read'],
    ])
  })
})
