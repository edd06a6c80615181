import {
  getWorkload,
  listWorkloadEvents,
  listWorkloadPods,
  listWorkloadReferences,
  listWorkloadRevisions,
  type PageKind,
  readPodLog,
} from '@rancher-hub/contracts'
import { type Fleet, type FleetPlace, resourceOfKind, startFleet } from '@rancher-hub/fleet'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deployment } from '../cluster.fixtures.ts'
import { bindNamespaces, type RunningSites, startSites } from '../sites.fixtures.ts'

const image = 'registry.example/web'
const hashLabel = 'rollouts-pod-template-hash'

/** Nothing acts on custom workloads in the simulator: the spec makes what their operators would. */
describe('the page of a workload that is only shown, on a simulated Rancher', () => {
  let fleet: Fleet
  let sites: RunningSites
  let dev: string
  let staging: string

  const make = (place: FleetPlace, kind: string, given: Omit<KubernetesObject, 'kind'>) => {
    const object = { ...given, kind } as Parameters<typeof place.cluster.create>[2]
    const made = place.cluster.create(resourceOfKind(kind), place.namespace, object)
    // As with a real API server, a status is written by itself.
    if (kind !== 'Pod' && given['status'] !== undefined)
      place.cluster.edit(kind, place.namespace, made.metadata.name, 'operator', (each) => {
        each['status'] = given['status']
      })
    return made
  }
  const ownedBy = (kind: string, { metadata: { name, uid = '' } }: ReturnType<typeof make>) => ({
    ownerReferences: [{ apiVersion: 'v1', kind, name, uid, controller: true }],
  })
  const pod = (place: FleetPlace, name: string, owner: object, labels: object, tag = '2', extra: object = {}) =>
    make(place, 'Pod', {
      metadata: { name, labels, ...owner },
      spec: { containers: [{ name: 'web', image: `${image}:${tag}` }] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [
          { name: 'web', image, imageID: '', ready: true, restartCount: 0, state: { running: {} }, ...extra },
        ],
      },
    })
  const rolloutIn = (place: FleetPlace, tag: string, spec: object = {}) =>
    make(place, 'Rollout', {
      ...deployment('web', `${image}:${tag}`, { replicas: 2 }),
      kind: 'Rollout',
      apiVersion: 'argoproj.io/v1alpha1',
      ...spec,
      status: { phase: 'Progressing', message: 'more replicas need to be updated', readyReplicas: 2 },
    })
  const setOf = (place: FleetPlace, owner: ReturnType<typeof make>, revision: number, replicas: number) => {
    const labels = { app: 'web', [hashLabel]: `hash${revision}` }
    const { spec } = deployment('web', `${image}:${revision}`, { replicas })
    return make(place, 'ReplicaSet', {
      metadata: {
        name: `web-hash${revision}`,
        labels,
        annotations: { 'rollout.argoproj.io/revision': String(revision) },
        ...ownedBy('Rollout', owner),
      },
      spec: { ...spec, selector: { matchLabels: labels }, template: { ...spec.template, metadata: { labels } } },
      status: { readyReplicas: replicas },
    })
  }
  const page = (kind: PageKind, name: string, instanceId = dev) => ({ instanceId, kind, name })
  const rollout = () => page('Rollout', 'web')

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 20, deadlineMs: 300 })
    sites = await startSites()
    const bind = async (clusterId: string, namespace: string): Promise<string> => {
      const connection = { kind: 'rancher' as const, url: fleet.ranchers.dev.url, token: fleet.ranchers.dev.token }
      return (await bindNamespaces(sites, connection, clusterId, [namespace])).instanceIds[0] ?? ''
    }
    dev = await bind('c-m-dev00001', 'shop')
    staging = await bind('c-m-stg00001', 'shop-staging')
    const here = fleet.places.dev
    const owner = rolloutIn(here, '2')
    const old = setOf(here, owner, 1, 1)
    const set = setOf(here, owner, 2, 1)
    pod(here, 'web-hash1-bbbbb', ownedBy('ReplicaSet', old), { app: 'web', [hashLabel]: 'hash1' }, '1')
    pod(here, 'web-hash2-ccccc', ownedBy('ReplicaSet', set), { app: 'web', [hashLabel]: 'hash2' })
    // One with the same labels that belongs to somebody else.
    const { spec: elses } = deployment('web', `${image}:9`, { replicas: 0 })
    const cart = here.cluster.get(resourceOfKind('Deployment'), 'shop', 'cart')
    const other = make(here, 'ReplicaSet', {
      metadata: { name: 'other', labels: { app: 'web' }, ...ownedBy('Deployment', cart) },
      spec: elses,
    })
    pod(here, 'other-ddddd', ownedBy('ReplicaSet', other), { app: 'web' })
    for (const [kind, apiVersion] of [
      ['Rollout', 'argoproj.io/v1alpha1'],
      ['Rollout', 'example.org/v1'],
    ])
      make(here, 'Event', {
        metadata: { name: `web.${apiVersion?.split('/')[0]}` },
        involvedObject: { kind, name: 'web', namespace: 'shop', apiVersion, uid: '' },
        type: 'Normal',
        reason: 'RolloutStepCompleted',
        message: `told by ${apiVersion}`,
      })
    make(here, 'Service', { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } })
    rolloutIn(fleet.places.staging, '1')
  })
  afterAll(async () => {
    await sites?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  it('says of a Rollout what lists say, with its spec in words, and what runs elsewhere', async () => {
    const shown = async () => await sites.call(getWorkload, rollout())
    await expect.poll(async () => (await shown()).elsewhere[0]?.state).toBe('found')
    const { workload, elsewhere, part } = await shown()
    expect(part).toEqual({ state: 'complete', stale: false })
    expect(workload).toMatchObject({
      status: { state: 'progressing', message: 'Progressing: more replicas need to be updated' },
      counts: { desired: 2, ready: 2 },
      facts: expect.arrayContaining([{ name: 'replicas', text: '2' }]) as unknown,
      containers: [{ name: 'web', image: `${image}:2` }],
    })
    expect(elsewhere).toMatchObject([
      { instance: { id: staging }, state: 'found', images: { web: `${image}:1` }, replicas: 2 },
    ])
    expect(elsewhere[0]).not.toHaveProperty('same')
  })

  it('finds its pods through its ReplicaSets, and numbers its revisions', async () => {
    const { items: pods } = await sites.call(listWorkloadPods, rollout())
    expect(pods.map(({ name, isCurrent, revision }) => [name, isCurrent, revision])).toEqual([
      ['web-hash1-bbbbb', false, 'hash1'],
      ['web-hash2-ccccc', true, 'hash2'],
    ])
    const { items: revisions } = await sites.call(listWorkloadRevisions, rollout())
    expect(revisions).toMatchObject([
      { number: 2, isCurrent: true, desired: 1, ready: 1, images: { web: `${image}:2` } },
      { number: 1, isCurrent: false, images: { web: `${image}:1` } },
    ])
  })

  it('tells its events and not those of a kind that is called the same, its references, and logs', async () => {
    const { items: events } = await sites.call(listWorkloadEvents, rollout())
    expect(events.map(({ message }) => message)).toContain('told by argoproj.io/v1alpha1')
    expect(events.map(({ message }) => message)).not.toContain('told by example.org/v1')
    const { items } = await sites.call(listWorkloadReferences, rollout())
    expect(items.map(({ kind, name, state }) => `${kind} ${name} ${state}`)).toEqual(
      expect.arrayContaining(['ServiceAccount default present', 'Service web present']),
    )
    const chunks = await Array.fromAsync(
      sites.stream(readPodLog, { instanceId: dev, pod: 'web-hash2-ccccc', container: 'web', follow: false }),
    )
    expect(chunks.at(-1)).toEqual({ kind: 'end', reason: 'complete' })
  })

  it('shows a Rollout that takes its template from a Deployment', async () => {
    const place = fleet.places.staging
    const owner = make(place, 'Rollout', {
      apiVersion: 'argoproj.io/v1alpha1',
      metadata: { name: 'referring' },
      spec: { replicas: 1, workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, strategy: {} },
      status: { selector: 'app=referring', readyReplicas: 1 },
    })
    const labels = { app: 'referring', [hashLabel]: 'hash7' }
    const { spec } = deployment('referring', `${image}:7`)
    make(place, 'ReplicaSet', {
      metadata: { name: 'referring-hash7', labels, ...ownedBy('Rollout', owner) },
      spec: { ...spec, selector: { matchLabels: labels }, template: { ...spec.template, metadata: { labels } } },
    })
    const { workload } = await sites.call(getWorkload, page('Rollout', 'referring', staging))
    expect(workload?.containers).toMatchObject([{ image: `${image}:7` }])
    expect(workload?.facts).toContainEqual({ name: 'template', text: 'That of Deployment cart' })
  })

  it('has no pods where nothing says yet which are its own', async () => {
    make(fleet.places.dev, 'Rollout', {
      apiVersion: 'argoproj.io/v1alpha1',
      metadata: { name: 'fresh' },
      spec: { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, strategy: {} },
    })
    const fresh = page('Rollout', 'fresh')
    expect((await sites.call(getWorkload, fresh)).workload).toBeDefined()
    expect(await sites.call(listWorkloadPods, fresh)).toMatchObject({ items: [], part: { state: 'complete' } })
    expect(await sites.call(listWorkloadRevisions, fresh)).toMatchObject({ items: [], part: { state: 'complete' } })
  })

  it('shows a Job with its pods', async () => {
    const here = fleet.places.dev
    const labels = { 'batch.kubernetes.io/controller-uid': 'import-1' }
    const { spec } = deployment('import', `${image}:3`).spec.template
    const job = make(here, 'Job', {
      apiVersion: 'batch/v1',
      metadata: { name: 'import' },
      spec: { backoffLimit: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      status: { failed: 3, conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] },
    })
    pod(here, 'import-ccccc', ownedBy('Job', job), labels, '3', {
      restartCount: 1,
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    })
    const { workload } = await sites.call(getWorkload, page('Job', 'import'))
    expect(workload?.status).toMatchObject({ state: 'degraded', message: 'Failed: its pods failed too often' })
    expect(workload?.facts).toContainEqual({ name: 'deadline', text: 'Given up after 2 failed pods' })
    const { items } = await sites.call(listWorkloadPods, page('Job', 'import'))
    expect(items).toMatchObject([{ name: 'import-ccccc', restarts: 1, lastTermination: { exitCode: 3 } }])
  })

  it('says that it is not there where the cluster does not have its kind', async () => {
    const clones = page('CloneSet', 'web')
    const { part, workload, elsewhere } = await sites.call(getWorkload, clones)
    expect(part).toEqual({ state: 'complete', stale: false })
    expect(workload).toBeUndefined()
    await expect.poll(async () => (await sites.call(getWorkload, clones)).elsewhere[0]?.state).toBe('missing')
    expect(elsewhere).toHaveLength(1)
    expect(await sites.call(listWorkloadPods, clones)).toMatchObject({ items: [], part: { state: 'complete' } })
    expect(await sites.call(listWorkloadReferences, clones)).toMatchObject({ items: [], part: { state: 'complete' } })
  })

  it('says that it may not be read, in the words of the server', async () => {
    const off = fleet.ranchers.dev.faults.add({ kind: 'forbidden', path: '/rollouts' })
    try {
      const { part, workload } = await sites.call(getWorkload, page('Rollout', 'forbidden'))
      expect(workload).toBeUndefined()
      expect(part).toMatchObject({ state: 'forbidden', problem: { code: 'forbidden' } })
      expect(part.problem?.upstream).toContain('forbidden')
    } finally {
      off()
    }
  })
})
