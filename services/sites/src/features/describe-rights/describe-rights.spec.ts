import { describeRights } from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type RunningSites, refusal, startSites } from '../../sites.fixtures.ts'

describe('describe-rights', () => {
  let sites: RunningSites
  beforeAll(async () => {
    sites = await startSites()
  })
  afterAll(async () => await sites[Symbol.asyncDispose]())

  it('makes one YAML document for each object, and the commands to go with it', async () => {
    const { manifest, objects, fileName, commands } = await sites.call(describeRights, {
      namespaces: ['shop'],
      mode: 'read-and-sync',
      tokenDays: 30,
    })
    const documents = parseAllDocuments(manifest).map((document) => document.toJS() as { kind: string })
    expect(documents.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'Role', 'RoleBinding'])
    expect(objects).toEqual([
      { kind: 'ServiceAccount', name: 'hub', namespace: 'rancher-hub' },
      { kind: 'Role', name: 'rancher-hub:hub', namespace: 'shop' },
      { kind: 'RoleBinding', name: 'rancher-hub:hub', namespace: 'shop' },
    ])
    expect(documents[1]).toMatchObject({
      rules: [
        {
          apiGroups: ['apps'],
          resources: ['deployments', 'statefulsets', 'daemonsets'],
          verbs: ['get', 'list', 'watch', 'create', 'patch'],
        },
        { apiGroups: ['batch'], resources: ['cronjobs'], verbs: ['get', 'list', 'watch', 'create', 'patch'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch', 'create', 'patch'] },
        { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['list', 'watch'] },
        {
          apiGroups: [''],
          resources: ['pods', 'events', 'services', 'serviceaccounts', 'persistentvolumeclaims'],
          verbs: ['list', 'watch'],
        },
        { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list', 'watch'] },
        { apiGroups: ['batch'], resources: ['jobs'], verbs: ['list', 'watch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list', 'watch'] },
        { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['list', 'watch'] },
        { apiGroups: ['argoproj.io'], resources: ['rollouts'], verbs: ['list', 'watch'] },
        {
          apiGroups: ['apps.kruise.io'],
          resources: ['clonesets', 'statefulsets', 'daemonsets'],
          verbs: ['list', 'watch'],
        },
        { apiGroups: [''], resources: ['pods/log', 'namespaces'], verbs: ['get'] },
      ],
    })
    expect(commands.map(({ purpose }) => purpose)).toEqual(['apply', 'kubeconfig', 'check', 'revoke'])
    expect(commands[0]?.command).toContain(`kubectl apply -f ${fileName}`)
    expect(commands[1]?.command).toContain('kubectl create token hub -n rancher-hub --duration=720h')
    expect(commands[1]?.command).toContain('clusters:\n- name: "$CLUSTER"\n')
  })

  it('makes role templates for a Rancher, which need no namespace', async () => {
    const { manifest, commands } = await sites.call(describeRights, {
      siteKind: 'rancher',
      clusterWide: 'namespace-names',
    })
    expect(parseAllDocuments(manifest).map((document) => document.get('context'))).toEqual(['project', 'cluster'])
    expect(commands).toEqual([
      { purpose: 'apply', command: 'kubectl apply -f rancher-hub-roles.yaml' },
      { purpose: 'revoke', command: 'kubectl delete -f rancher-hub-roles.yaml' },
    ])
  })

  it.each([
    { clusterWide: 'nothing' },
    { clusterWide: 'namespace-names' },
    { clusterWide: 'read', mode: 'read-and-sync' },
    { clusterWide: 'read', secrets: true },
  ] as const)('refuses a token that could do nothing of what is wanted: %o', async (input) => {
    expect(await refusal(sites.call(describeRights, input))).toMatchObject({ code: 'nothing-wanted' })
  })

  it('needs no namespace to read the whole cluster', async () => {
    expect((await sites.call(describeRights, { clusterWide: 'read' })).objects.map(({ kind }) => kind)).toEqual([
      'ServiceAccount',
      'ClusterRole',
      'ClusterRoleBinding',
    ])
  })

  it.each(['shop; rm -rf /', '$(id)', 'Shop', 'a.b', 'x'.repeat(64), '-shop', ''])(
    'takes no name that a shell could read as more: %s',
    async (name) => {
      for (const input of [{ namespaces: [name] }, { namespaces: ['shop'], account: name }])
        expect(await refusal(sites.call(describeRights, input))).toMatchObject({ code: 'invalid-input' })
    },
  )
})
