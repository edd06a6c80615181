import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

type Json = Readonly<Record<string, unknown>>

/** An answer of the API server. */
export interface Answer {
  readonly status: number
  readonly body: Json
}

/** A Kubernetes API under test. */
export interface Api {
  /** The text of an answer that is not JSON. */
  text(path: string): Promise<{ readonly status: number; readonly text: string }>
  /** Lines of an answer that goes on, until the caller leaves. */
  lines(path: string): AsyncIterable<string>
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
  /** Lines of a watch, until the caller leaves. */
  watch(path: string): AsyncIterable<{ readonly type: string; readonly object: Json }>
}

const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'
const at = (value: unknown, ...keys: (string | number)[]): unknown =>
  keys.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value)
const labels = { app: 'web' }

const deployment = (name: string, image = 'registry.example/web:1.0.0', spec: Json = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: 'web', image, env: [{ name: 'A', value: '1' }] },
          { name: 'side', image: 'side:1' },
        ],
      },
    },
    ...spec,
  },
})
const configMap = (name: string, data: Json) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })

/** What the hub relies on of an API server: the simulator and the real one are held to the same. */
export const kubernetesConformance = (
  name: string,
  open: () => Promise<
    {
      readonly api: Api
      /** Makes the server forget what has been, as a compaction does. */
      readonly compact: () => Promise<void>
      /** Whether containers really run, and so have logs: with kwok there is no kubelet to ask. */
      readonly hasLogs: boolean
    } & AsyncDisposable
  >,
): void => {
  describe(`Kubernetes conformance: ${name}`, () => {
    const namespace = `conformance-${randomUUID().slice(0, 8)}`
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`
    const configMaps = `/api/v1/namespaces/${namespace}/configmaps`
    const secrets = `/api/v1/namespaces/${namespace}/secrets`
    let server: Awaited<ReturnType<typeof open>>
    let api: Api

    beforeAll(async () => {
      server = await open()
      api = server.api
      expect(
        (
          await api.call('POST', '/api/v1/namespaces', {
            apiVersion: 'v1',
            kind: 'Namespace',
            metadata: { name: namespace },
          })
        ).status,
      ).toBe(201)
    })
    afterAll(async () => {
      await api?.call('DELETE', `/api/v1/namespaces/${namespace}`)
      await server?.[Symbol.asyncDispose]()
    })

    const make = async (path: string, object: unknown): Promise<Json> => {
      const { status, body } = await api.call('POST', `${path}?fieldManager=maker`, object)
      expect(status, JSON.stringify(body)).toBe(201)
      return body
    }

    it('answers its version, and 404 with a Status for what is not there', async () => {
      expect((await api.call('GET', '/version')).body).toMatchObject({ major: '1' })
      const missing = await api.call('GET', `${deployments}/absent`)
      expect(missing.body).toMatchObject({
        kind: 'Status',
        reason: 'NotFound',
        code: 404,
        message: 'deployments.apps "absent" not found',
        details: { name: 'absent', group: 'apps', kind: 'deployments' },
      })
    })

    it('refuses to create twice, and in a namespace that does not exist', async () => {
      await make(configMaps, configMap('twice', { a: '1' }))
      expect((await api.call('POST', configMaps, configMap('twice', {}))).body).toMatchObject({
        code: 409,
        reason: 'AlreadyExists',
      })
      expect(
        (await api.call('POST', '/api/v1/namespaces/no-such-namespace/configmaps', configMap('x', {}))).status,
      ).toBe(404)
    })

    it('fills in defaults', async () => {
      const made = await make(deployments, deployment('defaults'))
      expect(at(made, 'spec')).toMatchObject({
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      })
      expect(at(made, 'spec', 'template', 'spec')).toMatchObject({
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        schedulerName: 'default-scheduler',
      })
      expect(at(made, 'spec', 'template', 'spec', 'containers', 0)).toMatchObject({
        imagePullPolicy: 'IfNotPresent',
        terminationMessagePath: '/dev/termination-log',
      })
      expect(at(made, 'metadata', 'generation')).toBe(1)
    })

    it('pages lists', async () => {
      for (const index of [1, 2, 3])
        await make(configMaps, {
          ...configMap(`page-${index}`, {}),
          metadata: { name: `page-${index}`, labels: { paged: 'yes' } },
        })
      const first = await api.call('GET', `${configMaps}?labelSelector=paged%3Dyes&limit=2`)
      expect((first.body['items'] as unknown[]).length).toBe(2)
      const token = String(at(first.body, 'metadata', 'continue'))
      const rest = await api.call(
        'GET',
        `${configMaps}?labelSelector=paged%3Dyes&limit=2&continue=${encodeURIComponent(token)}`,
      )
      expect((rest.body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)).toEqual([
        'page-3',
      ])
      expect(at(rest.body, 'metadata', 'continue') ?? '').toBe('')
    })

    it('shows every page of a list as it was when the first was read', async () => {
      const query = 'labelSelector=snapshot%3Dyes&limit=2'
      const labelled = (name: string) => ({ ...configMap(name, {}), metadata: { name, labels: { snapshot: 'yes' } } })
      for (const index of [1, 3, 4, 5]) await make(configMaps, labelled(`snapshot-${index}`))
      const first = await api.call('GET', `${configMaps}?${query}`)
      await make(configMaps, labelled('snapshot-2'))
      await api.call('DELETE', `${configMaps}/snapshot-4`)
      const names: unknown[] = []
      let page = first
      for (;;) {
        names.push(...(page.body['items'] as Json[]).map((each) => at(each, 'metadata', 'name')))
        expect(at(page.body, 'metadata', 'resourceVersion')).toBe(at(first.body, 'metadata', 'resourceVersion'))
        // How many are left is not told of what is selected.
        expect(at(page.body, 'metadata', 'remainingItemCount')).toBeUndefined()
        const token = String(at(page.body, 'metadata', 'continue') ?? '')
        if (token === '') break
        page = await api.call('GET', `${configMaps}?${query}&continue=${encodeURIComponent(token)}`)
      }
      expect(names).toEqual(['snapshot-1', 'snapshot-3', 'snapshot-4', 'snapshot-5'])
    })

    it('tells how many are left, in a namespace and in the whole cluster', async () => {
      for (const index of [1, 2, 3]) await make(configMaps, configMap(`counted-${index}`, {}))
      for (const path of [configMaps, '/api/v1/configmaps']) {
        const all = await api.call('GET', path)
        const one = await api.call('GET', `${path}?limit=1`)
        expect(one.body['items']).toHaveLength(1)
        expect(at(one.body, 'metadata', 'remainingItemCount')).toBe((all.body['items'] as unknown[]).length - 1)
      }
    })

    it('answers 410 to a page of a list from too long ago, with a token for the rest as it is now', async () => {
      // Events: of other kinds API servers keep what lists began with, whatever their database has forgotten.
      const path = `/api/v1/namespaces/${namespace}/events`
      const query = 'labelSelector=expiring%3Dyes&limit=2'
      const event = (name: string) => ({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, labels: { expiring: 'yes' } },
        involvedObject: { kind: 'ConfigMap', name: 'x', namespace },
        reason: 'Told',
      })
      for (const index of [1, 2, 3, 5]) await make(path, event(`expiring-${index}`))
      const first = await api.call('GET', `${path}?${query}`)
      const token = String(at(first.body, 'metadata', 'continue'))
      await make(path, event('expiring-4'))
      await api.call('DELETE', `${path}/expiring-3`)
      await server.compact()
      const late = await api.call('GET', `${path}?${query}&continue=${encodeURIComponent(token)}`)
      expect(late.body).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' })
      const other = String(at(late.body, 'metadata', 'continue') ?? '')
      expect(other).not.toBe('')
      const rest = await api.call('GET', `${path}?${query}&continue=${encodeURIComponent(other)}`)
      expect((rest.body['items'] as Json[]).map((each) => at(each, 'metadata', 'name'))).toEqual([
        'expiring-4',
        'expiring-5',
      ])
      const versions = [first, rest].map(({ body }) => Number(at(body, 'metadata', 'resourceVersion')))
      expect(versions[1]).toBeGreaterThan(versions[0] ?? 0)
    })

    it('merges a strategic patch by container and variable name, and raises the generation', async () => {
      await make(deployments, deployment('strategic'))
      const patch = {
        spec: {
          template: {
            spec: {
              containers: [{ name: 'web', env: [{ name: 'B', value: '2' }], $setElementOrder: undefined }],
              '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
            },
          },
        },
      }
      const { status, body } = await api.call(
        'PATCH',
        `${deployments}/strategic?fieldManager=rancher-hub`,
        patch,
        strategic,
      )
      expect(status, JSON.stringify(body)).toBe(200)
      const containers = at(body, 'spec', 'template', 'spec', 'containers') as {
        name: string
        image: string
        env?: { name: string }[]
      }[]
      expect(containers.map((each) => each.name)).toEqual(['web', 'side'])
      expect(containers[0]?.env?.map((each) => each.name).toSorted()).toEqual(['A', 'B'])
      expect(at(body, 'metadata', 'generation')).toBe(2)
    })

    it('names the writer of exactly the patched fields', async () => {
      await make(deployments, deployment('managed'))
      const patch = {
        spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:1.1.0' }] } } },
      }
      const { body } = await api.call('PATCH', `${deployments}/managed?fieldManager=rancher-hub`, patch, strategic)
      const entries = at(body, 'metadata', 'managedFields') as { manager: string; operation: string; fieldsV1: Json }[]
      const own = entries.filter(({ manager }) => manager === 'rancher-hub')
      expect(own).toMatchObject([{ operation: 'Update' }])
      expect(own[0]?.fieldsV1).toEqual({
        'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } },
      })
    })

    it('merges keys of config, removes by null, and keeps the resourceVersion when nothing changes', async () => {
      await make(configMaps, configMap('merge', { a: '1', b: '2', c: '3' }))
      const { body } = await api.call('PATCH', `${configMaps}/merge`, { data: { a: '9', c: null } }, merge)
      expect(body['data']).toEqual({ a: '9', b: '2' })
      const again = await api.call('PATCH', `${configMaps}/merge`, { data: { a: '9' } }, merge)
      expect(at(again.body, 'metadata', 'resourceVersion')).toBe(at(body, 'metadata', 'resourceVersion'))
    })

    it('refuses a write with an old resourceVersion, or another uid', async () => {
      const made = await make(configMaps, configMap('locked', { a: '1' }))
      await api.call('PATCH', `${configMaps}/locked`, { data: { a: '2' } }, merge)
      const old = {
        metadata: { uid: at(made, 'metadata', 'uid'), resourceVersion: at(made, 'metadata', 'resourceVersion') },
        data: { a: '3' },
      }
      const late = await api.call('PATCH', `${configMaps}/locked`, old, merge)
      expect(late.body).toMatchObject({
        code: 409,
        reason: 'Conflict',
        message: expect.stringContaining('the object has been modified') as unknown,
      })
      const other = await api.call(
        'PATCH',
        `${configMaps}/locked`,
        { metadata: { uid: randomUUID() }, data: { a: '4' } },
        merge,
      )
      expect([409, 422]).toContain(other.status)
      expect((await api.call('GET', `${configMaps}/locked`)).body['data']).toEqual({ a: '2' })
    })

    it('changes nothing in a dry run, and answers what would be', async () => {
      const made = await make(deployments, deployment('dry'))
      const patch = {
        spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0' }] } } },
      }
      const { status, body } = await api.call(
        'PATCH',
        `${deployments}/dry?dryRun=All&fieldManager=rancher-hub&fieldValidation=Strict`,
        patch,
        strategic,
      )
      expect(status).toBe(200)
      expect(at(body, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe('registry.example/web:2.0.0')
      const now = await api.call('GET', `${deployments}/dry`)
      expect(at(now.body, 'spec')).toEqual(at(made, 'spec'))
    })

    it('refuses unknown fields when asked to be strict', async () => {
      await make(deployments, deployment('strict'))
      const patch = { spec: { template: { spec: { containers: [{ name: 'web', imagee: 'x' }] } } } }
      const { status } = await api.call(
        'PATCH',
        `${deployments}/strict?fieldValidation=Strict&dryRun=All`,
        patch,
        strategic,
      )
      expect([400, 422]).toContain(status)
    })

    it('refuses to change what cannot be changed', async () => {
      await make(deployments, deployment('fixed'))
      const selector = await api.call(
        'PATCH',
        `${deployments}/fixed`,
        { spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } } },
        merge,
      )
      expect(selector.body).toMatchObject({ code: 422, reason: 'Invalid' })
      await make(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'typed' },
        type: 'Opaque',
        data: { a: 'MQ==' },
      })
      expect((await api.call('PATCH', `${secrets}/typed`, { type: 'example.org/other' }, merge)).status).toBe(422)
      await make(configMaps, { ...configMap('sealed', { a: '1' }), immutable: true })
      expect((await api.call('PATCH', `${configMaps}/sealed`, { data: { a: '2' } }, merge)).status).toBe(422)
      expect((await api.call('PATCH', `${configMaps}/sealed`, {}, 'text/plain')).status).toBe(415)
    })

    it('tells a watch of every change since the list, in order', async () => {
      const list = await api.call('GET', configMaps)
      const since = String(at(list.body, 'metadata', 'resourceVersion'))
      const seen: string[] = []
      const watching = (async () => {
        for await (const { type, object } of api.watch(
          `${configMaps}?watch=1&resourceVersion=${since}&allowWatchBookmarks=true&timeoutSeconds=20`,
        )) {
          if (type === 'BOOKMARK' || at(object, 'metadata', 'name') !== 'watched') continue
          seen.push(type)
          if (type === 'DELETED') return
        }
      })()
      await make(configMaps, configMap('watched', { a: '1' }))
      await api.call('PATCH', `${configMaps}/watched`, { data: { a: '2' } }, merge)
      await api.call('DELETE', `${configMaps}/watched`)
      await watching
      expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
    })

    it('tells a watch what happened before it began, since the version that it names', async () => {
      const list = await api.call('GET', configMaps)
      const since = String(at(list.body, 'metadata', 'resourceVersion'))
      await make(configMaps, configMap('missed', { a: '1' }))
      await api.call('DELETE', `${configMaps}/missed`)
      const seen: string[] = []
      for await (const { type, object } of api.watch(
        `${configMaps}?watch=1&resourceVersion=${since}&timeoutSeconds=20`,
      )) {
        if (at(object, 'metadata', 'name') !== 'missed') continue
        seen.push(type)
        if (type === 'DELETED') break
      }
      expect(seen).toEqual(['ADDED', 'DELETED'])
    })

    it('tells a watch with a selector that an object is added when it gets the label, and deleted when it loses it', async () => {
      await make(configMaps, configMap('relabelled', { a: '1' }))
      const list = await api.call('GET', `${configMaps}?labelSelector=chosen%3Dyes`)
      const since = String(at(list.body, 'metadata', 'resourceVersion'))
      const versions: unknown[] = []
      for (const value of ['yes', 'no', 'yes']) {
        const { body } = await api.call(
          'PATCH',
          `${configMaps}/relabelled`,
          { metadata: { labels: { chosen: value } } },
          merge,
        )
        versions.push(at(body, 'metadata', 'resourceVersion'))
      }
      const seen: unknown[] = []
      for await (const { type, object } of api.watch(
        `${configMaps}?watch=1&resourceVersion=${since}&labelSelector=chosen%3Dyes&timeoutSeconds=20`,
      )) {
        seen.push([type, at(object, 'metadata', 'labels', 'chosen'), at(object, 'metadata', 'resourceVersion')])
        if (seen.length === 3) break
      }
      expect(seen).toEqual([
        ['ADDED', 'yes', versions[0]],
        ['DELETED', 'yes', versions[1]],
        ['ADDED', 'yes', versions[2]],
      ])
    })

    it('tells a cluster-wide watch of every namespace, with versions that only grow', async () => {
      const list = await api.call('GET', '/api/v1/configmaps?limit=1')
      const since = String(at(list.body, 'metadata', 'resourceVersion'))
      const made = await make(configMaps, configMap('everywhere', { a: '1' }))
      await api.call('PATCH', `${configMaps}/everywhere`, { data: { a: '2' } }, merge)
      await api.call('DELETE', `${configMaps}/everywhere`)
      const versions: number[] = [Number(since)]
      for await (const { type, object } of api.watch(
        `/api/v1/configmaps?watch=1&resourceVersion=${since}&timeoutSeconds=20`,
      )) {
        versions.push(Number(at(object, 'metadata', 'resourceVersion')))
        if (at(object, 'metadata', 'uid') !== at(made, 'metadata', 'uid')) continue
        expect(at(object, 'metadata', 'namespace')).toBe(namespace)
        if (type === 'DELETED') break
      }
      expect(versions).toEqual(versions.toSorted((a, b) => a - b))
      expect(new Set(versions).size).toBe(versions.length)
    })

    it('answers 410 to a watch from too long ago', async () => {
      await server.compact()
      // Events: API servers keep a window of the past in memory for other kinds, whatever their database has forgotten.
      const ancient = `/api/v1/namespaces/${namespace}/events?watch=1&resourceVersion=1&timeoutSeconds=2`
      const types: unknown[] = []
      const first = await api.call('GET', ancient).catch(() => undefined)
      if (first?.status === 410) types.push(410)
      else for await (const { type, object } of api.watch(ancient)) types.push(type === 'ERROR' ? object['code'] : type)
      expect(types).toContain(410)
    })

    it.each(['deployments', 'statefulsets', 'daemonsets'])('rolls %s out to the end', async (plural) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/${plural}`
      const kind = { deployments: 'Deployment', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet' }[plural] ?? ''
      const { replicas, ...spec } = deployment('roll').spec
      const object = {
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: `roll-${plural}` },
        spec: {
          ...spec,
          ...(kind === 'DaemonSet' ? {} : { replicas }),
          ...(kind === 'StatefulSet' ? { serviceName: 'roll' } : {}),
        },
      }
      await make(path, object)
      const isDone = async (): Promise<boolean> => {
        const { body } = await api.call('GET', `${path}/roll-${plural}`)
        const status = (at(body, 'status') ?? {}) as Record<string, number>
        if ((status['observedGeneration'] ?? 0) < Number(at(body, 'metadata', 'generation'))) return false
        if (kind === 'DaemonSet')
          return (
            (status['desiredNumberScheduled'] ?? 0) > 0 &&
            status['updatedNumberScheduled'] === status['desiredNumberScheduled'] &&
            status['numberAvailable'] === status['desiredNumberScheduled']
          )
        if (kind === 'StatefulSet') return status['readyReplicas'] === 2 && status['updatedReplicas'] === 2
        return status['updatedReplicas'] === 2 && status['availableReplicas'] === 2 && status['replicas'] === 2
      }
      await expect.poll(isDone, { timeout: 60_000, interval: 100 }).toBe(true)
      const patch = {
        spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0' }] } } },
      }
      await api.call('PATCH', `${path}/roll-${plural}`, patch, strategic)
      await expect.poll(isDone, { timeout: 60_000, interval: 100 }).toBe(true)
    })

    const podsOf = async (app: string): Promise<Json[]> => {
      const { body } = await api.call('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`)
      return body['items'] as Json[]
    }
    const withLabel = (name: string, image = 'registry.example/web:1.0.0'): Json => {
      const made = deployment(name, image)
      const template = { ...made.spec.template, metadata: { labels: { app: name } } }
      return { ...made, spec: { ...made.spec, selector: { matchLabels: { app: name } }, template } }
    }

    it('makes pods through ReplicaSets, which count revisions and keep the old ones', async () => {
      await make(deployments, withLabel('revised'))
      const ready = async (): Promise<number> => {
        const pods = await podsOf('revised')
        return pods.filter((pod) =>
          ((at(pod, 'status', 'conditions') ?? []) as Json[]).some(
            ({ type, status }) => type === 'Ready' && status === 'True',
          ),
        ).length
      }
      await expect.poll(ready, { timeout: 60_000, interval: 100 }).toBe(2)
      const pods = await podsOf('revised')
      const [first] = pods
      const owner = at(first, 'metadata', 'ownerReferences', 0)
      expect(owner).toMatchObject({ apiVersion: 'apps/v1', kind: 'ReplicaSet', controller: true })
      const hash = String(at(first, 'metadata', 'labels', 'pod-template-hash'))
      expect(at(owner, 'name')).toBe(`revised-${hash}`)
      expect(String(at(first, 'metadata', 'name'))).toMatch(
        /^revised-[bcdfghjklmnpqrstvwxz2456789]+-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
      )
      expect(at(first, 'status')).toMatchObject({ phase: 'Running', podIP: expect.any(String) as unknown })
      expect(at(first, 'spec', 'nodeName')).toEqual(expect.any(String))
      expect(at(first, 'status', 'containerStatuses', 0)).toMatchObject({
        ready: true,
        restartCount: 0,
        state: { running: { startedAt: expect.any(String) as unknown } },
      })
      const patch = {
        spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0' }] } } },
      }
      await api.call('PATCH', `${deployments}/revised`, patch, strategic)
      const revisions = async (): Promise<unknown[]> => {
        const { body } = await api.call(
          'GET',
          `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3Drevised`,
        )
        return (body['items'] as Json[])
          .map((each) => [
            at(each, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'),
            at(each, 'spec', 'replicas'),
            at(each, 'spec', 'template', 'spec', 'containers', 0, 'image'),
          ])
          .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))
      }
      await expect.poll(revisions, { timeout: 60_000, interval: 100 }).toEqual([
        ['1', 0, 'registry.example/web:1.0.0'],
        ['2', 2, 'registry.example/web:2.0.0'],
      ])
    })

    it('tells in events what controllers and scheduler did', async () => {
      await make(deployments, withLabel('told'))
      const reasons = async (): Promise<unknown[]> => {
        const { body } = await api.call('GET', `/api/v1/namespaces/${namespace}/events`)
        return (body['items'] as Json[])
          .filter((event) => String(at(event, 'involvedObject', 'name')).startsWith('told'))
          .map((event) => `${String(at(event, 'involvedObject', 'kind'))} ${String(event['reason'])}`)
      }
      await expect
        .poll(reasons, { timeout: 60_000, interval: 100 })
        .toEqual(
          expect.arrayContaining(['Deployment ScalingReplicaSet', 'ReplicaSet SuccessfulCreate', 'Pod Scheduled']),
        )
      const named = await api.call(
        'GET',
        `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name%3Dtold`,
      )
      expect((named.body['items'] as Json[]).every((event) => at(event, 'involvedObject', 'name') === 'told')).toBe(
        true,
      )
    })

    it('leaves a pod pending that asks for more than a node has, and says why', async () => {
      const made = withLabel('hungry-for-cpus')
      await make(deployments, {
        ...made,
        spec: {
          ...(made['spec'] as Json),
          template: {
            metadata: { labels: { app: 'hungry-for-cpus' } },
            spec: { containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '400' } } }] },
          },
        },
      })
      const scheduled = async (): Promise<unknown> =>
        ((at((await podsOf('hungry-for-cpus'))[0], 'status', 'conditions') ?? []) as Json[]).find(
          ({ type }) => type === 'PodScheduled',
        )
      await expect.poll(scheduled, { timeout: 60_000, interval: 100 }).toMatchObject({
        status: 'False',
        reason: 'Unschedulable',
        message: expect.stringMatching(/^0\/\d+ nodes are available: .*Insufficient cpu/) as unknown,
      })
      // A pod that no node has taken has an empty log.
      const [pod] = await podsOf('hungry-for-cpus')
      const path = `/api/v1/namespaces/${namespace}/pods/${String(at(pod, 'metadata', 'name'))}/log`
      expect(await api.text(path)).toEqual({ status: 204, text: '' })
    })

    it('refuses a log whose container is not named or not there, in its own words', async () => {
      await make(deployments, withLabel('logged'))
      await expect.poll(async () => (await podsOf('logged')).length, { timeout: 60_000, interval: 100 }).toBe(2)
      const name = String(at((await podsOf('logged'))[0], 'metadata', 'name'))
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`
      const refused = async (query: string): Promise<unknown> => {
        const { body } = await api.call('GET', `${path}?${query}`)
        return [body['code'], body['message']]
      }
      expect(await refused('')).toEqual([
        400,
        `a container name must be specified for pod ${name}, choose one of: [web side]`,
      ])
      expect(await refused('container=absent')).toEqual([400, `container absent is not valid for pod ${name}`])
      expect((await api.call('GET', `${path}?container=web&tailLines=-1`)).status).toBe(422)
      expect((await api.call('GET', `${path}?container=web&sinceSeconds=0`)).status).toBe(422)
      expect((await api.call('GET', `/api/v1/namespaces/${namespace}/pods/absent/log`)).body).toMatchObject({
        code: 404,
        message: 'pods "absent" not found',
      })
    })

    it('sends the log of a container, its end, and what comes after; without a kubelet it says that it cannot', async () => {
      await make(deployments, withLabel('chatty'))
      const isRunning = async (): Promise<boolean> =>
        at((await podsOf('chatty'))[0], 'status', 'containerStatuses', 0, 'state', 'running') !== undefined
      await expect.poll(isRunning, { timeout: 60_000, interval: 100 }).toBe(true)
      const name = String(at((await podsOf('chatty'))[0], 'metadata', 'name'))
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/log?container=web`
      if (!server.hasLogs) {
        const { body } = await api.call('GET', path)
        expect(body).toMatchObject({ kind: 'Status', status: 'Failure', message: expect.any(String) as unknown })
        expect(body['code']).toBeGreaterThanOrEqual(500)
        return
      }
      const all = (await api.text(path)).text.split('\n').filter((line) => line !== '')
      expect(all.length).toBeGreaterThan(10)
      const tail = (await api.text(`${path}&tailLines=3`)).text.split('\n').filter((line) => line !== '')
      expect(tail).toHaveLength(3)
      const stamped = (await api.text(`${path}&tailLines=1&timestamps=true`)).text
      expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z .+\n$/)
      expect((await api.text(`${path}&limitBytes=10&tailLines=1`)).text.length).toBeLessThanOrEqual(10)
      expect((await api.call('GET', `${path}&previous=true`)).body).toMatchObject({
        code: 400,
        message: `previous terminated container "web" in pod "${name}" not found`,
      })
      let followed = 0
      for await (const line of api.lines(`${path}&follow=true&tailLines=0`)) {
        expect(line).not.toBe('')
        followed += 1
        if (followed === 2) break
      }
      expect(followed).toBe(2)
    })
  })
}
