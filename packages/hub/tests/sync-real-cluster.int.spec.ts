import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  bindInstance,
  compareInstances,
  compareObjects,
  connectSite,
  createEnvironment,
  executeSync,
  getSync,
  listClusters,
  listSyncItems,
  listSyncs,
  planSync,
} from '@rancher-hub/contracts'
import { type Fleet, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { base64, type Json, onlineBoutique, openRealCluster, pathOf, type TestCluster } from './cluster.fixtures.ts'
import { openTestHub, shapes, type TestHub } from './hub.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']
const sharedData = process.env['SHARED_DATA']
const canary = 'canary-3f9c1e-do-not-leak'
const newer = ['adservice', 'cartservice', 'checkoutservice', 'emailservice', 'frontend', 'paymentservice']

interface Container {
  name: string
  image: string
  env?: { name: string; value?: string }[]
}
const containersOf = (object: Json): Container[] =>
  (object['spec'] as { template: { spec: { containers: Container[] } } }).template.spec.containers

/** What differs on the source, on top of the published manifests. */
const changeSource = (objects: Json[]): Json[] =>
  objects.map((object) => {
    const changed = structuredClone(object)
    const name = (changed['metadata'] as { name: string }).name
    if (changed['kind'] !== 'Deployment') return changed
    const [container] = containersOf(changed)
    if (container !== undefined && newer.includes(name)) container.image = container.image.replace('v0.10.6', 'v0.11.0')
    if (container !== undefined && name === 'shippingservice')
      container.env = [...(container.env ?? []), { name: 'FEATURE_FAST_LANE', value: 'on' }]
    return changed
  })

const settings = (theme: string, currency: string): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'shop-settings' },
  data: { theme, currency, region: 'eu', banner: 'hello', limit: '10' },
})
const database = (password: string): Json => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'shop-db' },
  data: { user: base64('shop'), password: base64(password), host: base64('db.internal') },
})

/** Every document of every read model, as it is stored; what the kit keeps for itself apart. */
const dumpModels = (dataDir: string): Record<string, string[]> => {
  const dump: Record<string, string[]> = {}
  for (const file of readdirSync(dataDir).filter((name) => /^models-.*\.db$/.test(name))) {
    const db = new DatabaseSync(join(dataDir, file), { readOnly: true })
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
      .all()
    for (const { name } of tables)
      dump[`${file}/${String(name)}`] = db
        .prepare(`SELECT * FROM "${String(name)}" ORDER BY 1`)
        .all()
        .map((row) => JSON.stringify(row))
    db.close()
  }
  return dump
}

/** An object without what a sync and its controllers may change besides the synced paths. */
const withoutTraces = (object: Json): Json => {
  const { status: _, ...rest } = object
  const {
    generation: __,
    resourceVersion: ___,
    managedFields: ____,
    annotations,
    ...metadata
  } = rest['metadata'] as Json
  const kept = Object.fromEntries(
    Object.entries((annotations ?? {}) as Json).filter(([key]) => key !== 'deployment.kubernetes.io/revision'),
  )
  return { ...rest, metadata: { ...metadata, annotations: kept } }
}

const ways = shapes.flatMap(([shape, possible]) =>
  (['kubeconfig', 'Rancher front'] as const).map((way) => [shape, way, possible] as const),
)

describe.each(ways)('a sync between two namespaces of a real cluster, %s, connected by %s', (shape, way, possible) => {
  const missing = kubeconfigFile === undefined || sharedData === undefined || !possible
  describe.skipIf(missing)('[real Kubernetes, servers]', () => {
    const run = Date.now().toString(36)
    const short = `${shape.slice(0, 1)}${way === 'kubeconfig' ? 'k' : 'r'}`
    const [source, target] = [`boutique-dev-${short}${run}`, `boutique-staging-${short}${run}`]
    let fleet: Fleet | undefined
    let cluster: TestCluster
    let test: TestHub
    let instances: { source: string; target: string }

    beforeAll(async () => {
      cluster = openRealCluster(kubeconfigFile ?? '')
      const boutique = onlineBoutique(sharedData ?? '')
      for (const namespace of [source, target])
        await cluster.call('POST', '/api/v1/namespaces', {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: namespace },
        })
      await cluster.apply(source, [
        ...changeSource(boutique),
        settings('dark', 'EUR'),
        database(`${canary}-new`),
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra-settings' }, data: { a: '1' } },
      ])
      await cluster.apply(target, [...boutique, settings('light', 'USD'), database(`${canary}-old`)])
      test = await openTestHub({}, shape)
      const { administrator: ada } = test
      fleet = way === 'kubeconfig' ? undefined : await startFleet({ real: cluster.direct })
      const { id: siteId } = await ada.call(connectSite, {
        name: 'Real',
        connection:
          fleet === undefined
            ? { kind: 'kubernetes', kubeconfig: cluster.kubeconfig }
            : { kind: 'rancher', url: fleet.ranchers.dev.url, token: fleet.ranchers.dev.token },
      })
      const clusters = (await ada.call(listClusters, { siteId })).items
      const clusterId = (fleet === undefined ? clusters[0] : clusters.find(({ name }) => name === 'real'))?.id ?? ''
      const { id: dev } = await ada.call(createEnvironment, { name: 'Dev', colour: '#2f855a' })
      const { id: staging } = await ada.call(createEnvironment, {
        name: 'Staging',
        colour: '#b7791f',
        protected: true,
      })
      const bind = async (name: string, environmentId: string, namespace: string) =>
        (await ada.call(bindInstance, { name, environmentId, siteId, clusterId, namespace })).id
      instances = {
        source: await bind('boutique dev', dev, source),
        target: await bind('boutique staging', staging, target),
      }
    })

    afterAll(async () => {
      await test?.[Symbol.asyncDispose]()
      await fleet?.[Symbol.asyncDispose]()
      for (const namespace of [source, target]) await cluster?.call('DELETE', `/api/v1/namespaces/${namespace}`)
    })

    it('compares, writes exactly what was ticked, follows the roll-outs, and leaks no secret', async () => {
      const { administrator: ada } = test
      const comparison = await ada.call(compareInstances, {
        instances: [instances.source, instances.target],
        state: ['differs', 'missing', 'unknown'],
        limit: 500,
      })
      expect(comparison.rows.map(({ kind, name, state }) => `${kind}/${name} ${state}`).sort()).toEqual(
        [
          ...newer.map((name) => `Deployment/${name} differs`),
          'Deployment/shippingservice differs',
          'ConfigMap/extra-settings missing',
          'ConfigMap/shop-settings differs',
          'Secret/shop-db differs',
        ].sort(),
      )
      const differences = async (kind: 'Deployment' | 'ConfigMap' | 'Secret', name: string) =>
        (
          await ada.call(compareObjects, { source: instances.source, target: instances.target, kind, name })
        ).differences.map(({ path, change }) => `${change} ${path}`)
      expect(await differences('Deployment', 'shippingservice')).toEqual([
        'added containers[server].env[FEATURE_FAST_LANE]',
      ])
      expect(await differences('Deployment', 'cartservice')).toEqual(['changed containers[server].image'])
      expect(await differences('ConfigMap', 'shop-settings')).toEqual(['changed data[currency]', 'changed data[theme]'])
      expect(await differences('Secret', 'shop-db')).toEqual(['changed data[password]'])

      const paths = {
        'Deployment/cartservice': ['containers[server].image'],
        'Deployment/frontend': ['containers[server].image'],
        'Deployment/shippingservice': ['containers[server].env[FEATURE_FAST_LANE]'],
        'ConfigMap/shop-settings': ['data[theme]'],
        'Secret/shop-db': ['data[password]'],
      } as const
      const objects = Object.entries(paths).map(([key, ticked]) => {
        const [kind = '', name = ''] = key.split('/')
        return { kind: kind as 'Deployment', name, ticked: [...ticked] }
      })
      const before = new Map<string, Json>()
      for (const { kind, name } of objects) before.set(name, await cluster.call('GET', pathOf(target, kind, name)))
      const others = JSON.stringify((await cluster.call('GET', pathOf(target, 'Deployment', 'emailservice')))['spec'])

      const { id: syncId } = await ada.call(planSync, {
        source: instances.source,
        targets: [instances.target],
        items: objects.map(({ kind, name, ticked }) => ({
          object: { kind, name },
          selection: { mode: 'fields' as const, paths: ticked },
        })),
        note: 'release 0.11',
      })
      await expect.poll(async () => (await ada.call(getSync, { syncId })).state, { timeout: 30_000 }).toBe('planned')
      const plan = await ada.call(getSync, { syncId })
      expect(plan.confirmation).toEqual(['Staging'])
      await expect(ada.call(executeSync, { syncId, planHash: plan.planHash ?? '' })).rejects.toMatchObject({
        code: 'confirmation-required',
      })
      await ada.call(executeSync, { syncId, planHash: plan.planHash ?? '', confirmation: ['Staging'] })
      await expect.poll(async () => (await ada.call(getSync, { syncId })).state, { timeout: 60_000 }).toBe('completed')

      for (const { kind, name, ticked } of objects) {
        const after = await cluster.call('GET', pathOf(target, kind, name))
        const fromSource = await cluster.call('GET', pathOf(source, kind, name))
        const expected = withoutTraces(before.get(name) ?? {})
        if (kind === 'Deployment') {
          const [wanted] = containersOf(fromSource)
          const [container] = containersOf(expected)
          if (container !== undefined && wanted !== undefined && ticked[0]?.endsWith('image'))
            container.image = wanted.image
          else if (container !== undefined && wanted?.env !== undefined) container.env = wanted.env
        } else {
          const key = /\[(.*)\]/.exec(ticked[0] ?? '')?.[1] ?? ''
          ;(expected['data'] as Json)[key] = (fromSource['data'] as Json)[key]
        }
        expect(withoutTraces(after)).toEqual(expected)
        const managed = (
          after['metadata'] as { managedFields: { manager: string; fieldsV1: Json }[] }
        ).managedFields.filter(({ manager }) => manager === 'rancher-hub')
        expect(managed).toHaveLength(1)
        expect(JSON.stringify(managed[0]?.fieldsV1)).toMatchSnapshot(`${kind}/${name}`)
      }
      expect(JSON.stringify((await cluster.call('GET', pathOf(target, 'Deployment', 'emailservice')))['spec'])).toBe(
        others,
      )

      const { items } = await ada.call(listSyncItems, { syncId })
      expect(items.map(({ object, state }) => `${object.name} ${state}`).sort()).toEqual(
        objects.map(({ name }) => `${name} done`).sort(),
      )
      expect((await ada.call(listSyncs, { text: 'release 0.11' })).items).toMatchObject([
        { id: syncId, state: 'completed', requestedBy: { name: 'Ada' } },
      ])

      const stored = readdirSync(test.dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString('latin1'))
        .join('')
      for (const secret of [canary, base64(`${canary}-new`), base64(`${canary}-old`)]) {
        expect(stored.includes(secret), 'a secret value is in a stored file').toBe(false)
        expect(test.logged().includes(secret), 'a secret value is in the log').toBe(false)
        expect(JSON.stringify(items).includes(secret), 'a secret value is in an answer').toBe(false)
      }

      if (shape === 'distributed') return
      const models = dumpModels(test.dataDir)
      for (const service of Object.values(test.hub.services)) await service.rebuild()
      expect(dumpModels(test.dataDir)).toEqual(models)
    })
  })
})
