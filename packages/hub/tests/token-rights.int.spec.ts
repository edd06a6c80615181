import {
  bindInstance,
  type CallInputOf,
  compareInstances,
  connectSite,
  createEnvironment,
  describeRights,
  editSite,
  executeSync,
  getSync,
  listClusters,
  listNamespaces,
  listObjects,
  listSyncItems,
  planSync,
  testConnection,
} from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Json, openRealCluster, pathOf, type TestCluster } from './cluster.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'
import { seedShop } from './shop.fixtures.ts'
import { type Account, makeAccount, mayDo, rulesIn } from './token-rights.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']
const images = { mode: 'images' as const }
const cart = { object: { kind: 'Deployment' as const, name: 'cart' }, selection: images }
const theme = {
  object: { kind: 'ConfigMap' as const, name: 'shop-settings' },
  selection: { mode: 'fields' as const, paths: ['data[theme]'] },
}
const password = {
  object: { kind: 'Secret' as const, name: 'shop-db' },
  selection: { mode: 'fields' as const, paths: ['data[password]'] },
}

describe.skipIf(kubeconfigFile === undefined)('a token with the rights that the hub asks for [real Kubernetes]', () => {
  const run = Date.now().toString(36)
  const [source, target, other, tools] = ['dev', 'prod', 'other', 'tools'].map((name) => `rights-${name}-${run}`) as [
    string,
    string,
    string,
    string,
  ]
  const place = { accountNamespace: tools, namespaces: [source, target] }
  let admin: TestCluster
  let test: TestHub
  let syncing: Account
  let reading: Account

  beforeAll(async () => {
    admin = openRealCluster(kubeconfigFile ?? '')
    await seedShop(admin, source, target)
    for (const name of [other, tools])
      await admin.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    test = await openTestHub()
    const ada = test.administrator
    syncing = await makeAccount(admin, ada, { ...place, account: 'syncing', mode: 'read-and-sync' })
    reading = await makeAccount(admin, ada, { ...place, account: 'reading', mode: 'read', secrets: true })
  })

  afterAll(async () => {
    await test?.[Symbol.asyncDispose]()
    await syncing?.[Symbol.asyncDispose]()
    await reading?.[Symbol.asyncDispose]()
    for (const name of [source, target, other, tools]) await admin?.call('DELETE', `/api/v1/namespaces/${name}`)
  })

  const connect = async (name: string, kubeconfig: string) => {
    const { id: siteId } = await test.administrator.call(connectSite, {
      name,
      connection: { kind: 'kubernetes', kubeconfig },
    })
    const clusterId = (await test.administrator.call(listClusters, { siteId })).items[0]?.id ?? ''
    const bind = async (namespace: string) => {
      const unique = `${name} ${namespace}`
      const { id: environmentId } = await test.administrator.call(createEnvironment, {
        name: unique,
        colour: '#2f855a',
      })
      return (
        await test.administrator.call(bindInstance, { name: unique, environmentId, siteId, clusterId, namespace })
      ).id
    }
    return { siteId, clusterId, bind }
  }
  const kindsOf = async (instanceId: string) =>
    Object.fromEntries(
      (await test.administrator.call(listObjects, { instanceId })).inventory.kinds.map(({ kind, state }) => [
        kind,
        state,
      ]),
    )
  const plan = async (from: string, to: string, items: CallInputOf<typeof planSync>['items']) => {
    const ada = test.administrator
    const { id: syncId } = await ada.call(planSync, { source: from, targets: [to], items })
    await expect.poll(async () => (await ada.call(getSync, { syncId })).state, { timeout: 30_000 }).not.toBe('planning')
    return { syncId, ...(await ada.call(getSync, { syncId })) }
  }
  const permissionsOf = async (kubeconfig: string) =>
    (await test.administrator.call(testConnection, { connection: { kind: 'kubernetes', kubeconfig } })).checks.find(
      ({ name }) => name === 'permissions',
    )
  const targetState = async () => {
    const read = async (kind: string, name: string) => await admin.call('GET', pathOf(target, kind, name))
    return { cart: await read('Deployment', 'cart'), settings: await read('ConfigMap', 'shop-settings') }
  }

  it('gives exactly what it lists, and nothing elsewhere', async () => {
    for (const [account, wanted] of [
      [syncing, { mode: 'read-and-sync' }],
      [reading, { mode: 'read', secrets: true }],
    ] as const) {
      const { grants } = await test.administrator.call(describeRights, { ...place, ...wanted })
      const listed = grants.flatMap(({ group, resource, verbs }) => verbs.map((verb) => `${verb} ${group}/${resource}`))
      expect(listed.length).toBeGreaterThan(15)
      for (const namespace of [source, target]) expect(await rulesIn(account, namespace)).toEqual([...listed].sort())
      for (const namespace of [other, tools, 'kube-system', 'default'])
        expect(await rulesIn(account, namespace)).toEqual([])
    }
  })

  it.each([
    ['delete', 'apps', 'deployments', ''],
    ['deletecollection', 'apps', 'deployments', ''],
    ['update', 'apps', 'deployments', ''],
    ['patch', 'apps', 'deployments', 'scale'],
    ['delete', '', 'configmaps', ''],
    ['delete', '', 'pods', ''],
    ['create', '', 'pods', ''],
    ['create', '', 'pods', 'exec'],
    ['create', '', 'pods', 'attach'],
    ['create', '', 'pods', 'portforward'],
    ['create', '', 'serviceaccounts', 'token'],
    ['impersonate', '', 'serviceaccounts', ''],
    ['create', 'batch', 'jobs', ''],
    ['get', 'rbac.authorization.k8s.io', 'roles', ''],
    ['create', 'rbac.authorization.k8s.io', 'rolebindings', ''],
    ['bind', 'rbac.authorization.k8s.io', 'clusterroles', ''],
    ['escalate', 'rbac.authorization.k8s.io', 'roles', ''],
  ])('may not %s %s/%s %s, not even where its apps are', async (verb, group, resource, subresource) => {
    for (const account of [syncing, reading])
      expect(await mayDo(admin, account, { verb, group, resource, subresource, namespace: target })).toBe(false)
  })

  it('sees nothing of the cluster, and writes nothing that it was not given', async () => {
    for (const resource of ['nodes', 'namespaces', 'persistentvolumes', 'secrets', 'configmaps', 'pods'])
      for (const verb of ['list', 'watch', 'create', 'delete'])
        expect(await mayDo(admin, syncing, { verb, resource })).toBe(false)
    for (const verb of ['get', 'list', 'watch', 'create', 'patch', 'delete']) {
      expect(await mayDo(admin, syncing, { verb, resource: 'secrets', namespace: target })).toBe(false)
      expect(await mayDo(admin, reading, { verb, resource: 'secrets', namespace: other })).toBe(false)
    }
    for (const verb of ['create', 'patch', 'update', 'delete'])
      for (const resource of ['secrets', 'configmaps'])
        expect(await mayDo(admin, reading, { verb, resource, namespace: target })).toBe(false)
  })

  it('connects without listing namespaces: they are named, and those that it may not see are refused in words', async () => {
    const ada = test.administrator
    const { siteId, clusterId, bind } = await connect('narrow', syncing.kubeconfig)
    const before = await ada.call(listNamespaces, { siteId, clusterId })
    expect(before.items).toEqual([])
    expect(before.problem).toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('it may not list namespaces'),
    })
    await bind(source)
    expect((await ada.call(listNamespaces, { siteId, clusterId })).items).toMatchObject([{ name: source }])
    for (const namespace of [other, 'there-is-no-such-namespace'])
      await expect(bind(namespace)).rejects.toMatchObject({
        code: 'no-such-namespace',
        message: expect.stringContaining(`may not see the namespace ${namespace}`),
      })
  })

  it('compares and syncs; Secrets, and a namespace that it has no rights in, are forbidden, not empty', async () => {
    const ada = test.administrator
    // A third app instance was bound with another token.
    const { siteId, bind } = await connect('syncing', admin.kubeconfig)
    const [dev, prod, third] = [await bind(source), await bind(target), await bind(other)]
    await admin.apply(other, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'unseen' }, data: { a: '1' } }])
    await ada.call(editSite, { siteId, connection: { kind: 'kubernetes', kubeconfig: syncing.kubeconfig } })

    const known = { Deployment: 'complete', StatefulSet: 'complete', DaemonSet: 'complete', CronJob: 'complete' }
    await expect
      .poll(async () => await kindsOf(prod), { timeout: 15_000 })
      .toEqual({ ...known, ConfigMap: 'complete', Secret: 'forbidden' })
    await expect
      .poll(async () => new Set(Object.values(await kindsOf(third))), { timeout: 15_000 })
      .toEqual(new Set(['forbidden']))

    const { rows } = await ada.call(compareInstances, { instances: [dev, prod], state: ['differs', 'missing'] })
    expect(rows.map(({ kind, name, state }) => `${kind}/${name} ${state}`).sort()).toEqual([
      'ConfigMap/shop-settings differs',
      'Deployment/cart differs',
    ])
    const { syncId, state, planHash } = await plan(dev, prod, [cart, theme])
    expect(state).toBe('planned')
    await ada.call(executeSync, { syncId, planHash: planHash ?? '' })
    await expect.poll(async () => (await ada.call(getSync, { syncId })).state, { timeout: 60_000 }).toBe('completed')
    const after = await targetState()
    expect(JSON.stringify(after.cart['spec'])).toContain('registry.example/shop/cart:1.5.0')
    expect(after.settings['data']).toEqual({ theme: 'dark', currency: 'EUR' })

    const tested = await ada.call(testConnection, {
      siteId,
      connection: { kind: 'kubernetes', kubeconfig: syncing.kubeconfig },
    })
    const { message = '' } = tested.checks.find(({ name }) => name === 'permissions') ?? {}
    expect(message).toContain(`lacks rights in the namespace ${other}`)
    expect(message).toContain('«Rights of a token»')
  })

  it('is told before connecting what it lacks', async () => {
    expect(await permissionsOf(syncing.kubeconfig)).toEqual({
      name: 'permissions',
      state: 'warning',
      message: expect.stringContaining(
        `lacks rights in the namespace ${source} of shop: get, list, watch secrets; create, patch secrets.`,
      ),
    })
    expect(await permissionsOf(reading.kubeconfig)).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('write nothing: enough to compare, not to sync'),
    })
    await using all = await makeAccount(admin, test.administrator, {
      ...place,
      account: 'all',
      mode: 'read-and-sync',
      secrets: true,
      clusterWide: 'read',
    })
    expect(await permissionsOf(all.kubeconfig)).toMatchObject({ state: 'passed' })
    const { siteId, clusterId } = await connect('wide', all.kubeconfig)
    const { items, problem } = await test.administrator.call(listNamespaces, { siteId, clusterId })
    expect(problem).toBeUndefined()
    expect(items.map(({ name }) => name)).toContain(other)
    expect(await mayDo(admin, all, { verb: 'list', resource: 'secrets', namespace: other })).toBe(false)
    expect(await mayDo(admin, all, { verb: 'patch', resource: 'configmaps', namespace: other })).toBe(false)
    expect(await mayDo(admin, all, { verb: 'list', resource: 'configmaps', namespace: other })).toBe(true)
  })

  it('compares Secrets and syncs nothing when it may only read: the plan says which right is missing', async () => {
    const ada = test.administrator
    const { bind } = await connect('reading', reading.kubeconfig)
    const [dev, prod] = [await bind(source), await bind(target)]
    await expect
      .poll(async () => new Set(Object.values(await kindsOf(prod))), { timeout: 15_000 })
      .toEqual(new Set(['complete']))
    const { rows } = await ada.call(compareInstances, { instances: [dev, prod], state: ['differs'] })
    expect(rows.map(({ name }) => name)).toContain('shop-db')
    await admin.call(
      'PATCH',
      pathOf(target, 'ConfigMap', 'shop-settings'),
      { data: { theme: 'pink' } } satisfies Json,
      'application/merge-patch+json',
    )
    await admin.call(
      'PATCH',
      pathOf(source, 'Deployment', 'cart'),
      { spec: { template: { spec: { containers: [{ name: 'cart', image: 'registry.example/shop/cart:1.6.0' }] } } } },
      'application/strategic-merge-patch+json',
    )
    const before = await targetState()
    const { syncId } = await plan(dev, prod, [cart, theme, password])
    const { items } = await ada.call(listSyncItems, { syncId })
    const told = Object.fromEntries(
      items.map(({ object, state, problem }) => [object.name, `${state}: ${problem?.message}`]),
    )
    for (const [name, resource] of [
      ['cart', 'deployments'],
      ['shop-settings', 'configmaps'],
      ['shop-db', 'secrets'],
    ] as const)
      expect(told[name]).toMatch(
        new RegExp(
          `^refused: .*it may not patch ${resource} in the namespace ${target}\\. Settings → Sites → «Rights of a token»`,
        ),
      )
    expect(await targetState()).toEqual(before)
  })
})
