import { type KubernetesObject, parseLabelSelector, summaryOf } from '@rancher-hub/kubernetes'
import { describe, expect, it, vi } from 'vitest'
import { SiteError } from '../egress/site-error.ts'
import type { CustomChange } from './custom-workloads.ts'
import { deploymentOf, jobOf, podOf, replicaSetOf, startScriptedInventory } from './scripted-inventory.fixtures.ts'

const argo = '/apis/argoproj.io/v1alpha1'
const kruise = '/apis/apps.kruise.io/v1alpha1'
const soon = { againMs: 5, retryMs: 5 }

const rollout = (name: string, ready: number): KubernetesObject => ({
  kind: 'Rollout',
  metadata: { name, uid: name, generation: 1, labels: { app: name } },
  spec: { replicas: 2, template: { spec: { containers: [{ name: 'web', image: `${name}:1` }] } } },
  status: { observedGeneration: '1', updatedReplicas: 2, availableReplicas: ready },
})
/** A ReplicaSet that a Rollout made. */
const setOf = (name: string, of: string): KubernetesObject => {
  const set = replicaSetOf(name, of)
  const [owner] = set.metadata.ownerReferences ?? []
  return { ...set, metadata: { ...set.metadata, ownerReferences: [{ ...owner, kind: 'Rollout', name: of }] } }
}

/** An inventory of a cluster that serves what is put into `served`. */
const start = async () => {
  const served = new Map<string, string[]>()
  const asked: string[] = []
  const scripted = await startScriptedInventory({
    served: async (root) => {
      asked.push(root)
      return new Set(served.get(root))
    },
    discoveryTimes: soon,
  })
  const told: string[] = []
  scripted.inventory.observeCustoms(({ apiVersion, kind, name, custom }: CustomChange) =>
    told.push(`${apiVersion} ${kind} ${name} ${custom?.status.state ?? 'gone'}`),
  )
  return { ...scripted, served, asked, told, [Symbol.asyncDispose]: scripted[Symbol.asyncDispose] }
}

describe('workloads of kinds that are only shown', () => {
  it('are watched while the cluster serves them', async () => {
    await using scripted = await start()
    const { served, asked, told, inventory } = scripted
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(6))
    expect(scripted.sink('Rollout')).toBeUndefined()
    expect(inventory.state().surroundings?.map(({ kind }) => kind)).toEqual(['Pod', 'ReplicaSet', 'Job'])

    served.set(argo, ['rollouts', 'rollouts/status', 'experiments'])
    await vi.waitFor(() => expect(scripted.sink('Rollout')).toBeDefined())
    expect(inventory.state().surroundings).toContainEqual({
      kind: 'Rollout',
      apiVersion: 'argoproj.io/v1alpha1',
      state: 'loading',
    })
    scripted.list('Rollout', rollout('cart', 2))
    expect(inventory.customs()).toMatchObject([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        name: 'cart',
        images: { web: 'cart:1' },
        labels: { app: 'cart' },
        status: { state: 'healthy', message: '2 of 2 pods are available' },
        counts: { desired: 2, ready: 2, pods: 0 },
      },
    ])

    served.clear()
    await vi.waitFor(() => expect(scripted.sink('Rollout')).toBeUndefined())
    expect(inventory.customs()).toEqual([])
    expect(told).toEqual(['argoproj.io/v1alpha1 Rollout cart healthy', 'argoproj.io/v1alpha1 Rollout cart gone'])
    expect(inventory.state().surroundings?.map(({ kind }) => kind)).toEqual(['Pod', 'ReplicaSet', 'Job'])
  })

  it('do with their pods what others do', async () => {
    await using scripted = await start()
    const { served, told, inventory } = scripted
    served.set(argo, ['rollouts'])
    served.set(kruise, ['clonesets'])
    await vi.waitFor(() => expect([scripted.sink('Rollout'), scripted.sink('CloneSet')]).not.toContain(undefined))
    scripted.list('Rollout', rollout('cart', 1))
    scripted.list('CloneSet', { ...rollout('agent', 2), kind: 'CloneSet' })
    scripted.upsert(
      setOf('cart-1', 'cart'),
      podOf('a', 'no-image', { kind: 'ReplicaSet', name: 'cart-1' }),
      podOf('b', 'restarted', { kind: 'CloneSet', name: 'agent' }),
    )
    expect(inventory.customs()).toMatchObject([
      { name: 'cart', status: { message: '1 of 2 pods: ImagePullBackOff, registry says not found' } },
      { name: 'agent', status: { state: 'healthy' }, counts: { pods: 1, restarts: 3 } },
    ])
    const before = told.length
    scripted.upsert(podOf('a', 'no-image', { kind: 'ReplicaSet', name: 'cart-1' }))
    expect(told).toHaveLength(before)
    scripted.sink('CloneSet')?.forbidden({ code: 'forbidden', message: 'no' })
    expect(inventory.customs().map(({ name }) => name)).toEqual(['cart'])
    expect(inventory.state().surroundings).toContainEqual({
      kind: 'CloneSet',
      apiVersion: 'apps.kruise.io/v1alpha1',
      state: 'forbidden',
      problem: { code: 'forbidden', message: 'no' },
    })
  })

  it('are also Jobs, unless a CronJob runs them', async () => {
    await using scripted = await start()
    const { inventory, told } = scripted
    const done = { conditions: [{ type: 'Complete', status: 'True' }] }
    scripted.upsert(jobOf('import', undefined), jobOf('report-1', 'report'))
    expect(inventory.customs()).toMatchObject([{ apiVersion: 'batch/v1', kind: 'Job', name: 'import' }])
    scripted.list('Job', jobOf('import', undefined, done))
    scripted.remove(jobOf('import', undefined, done))
    expect(told).toEqual(['batch/v1 Job import progressing', 'batch/v1 Job import healthy', 'batch/v1 Job import gone'])
  })

  it('are Jobs of the instance alone where it has a selector', async () => {
    await using scripted = await startScriptedInventory({ selector: parseLabelSelector('app=cart') })
    const { inventory } = scripted
    const labelled = (name: string, app: string): KubernetesObject => {
      const job = jobOf(name, undefined)
      return { ...job, metadata: { ...job.metadata, labels: { app } } }
    }
    const names = (): string[] => inventory.customs().map(({ name }) => name)
    scripted.list('Job', labelled('migrate-cart', 'cart'), labelled('migrate-mail', 'mail'), jobOf('other', undefined))
    expect(names()).toEqual(['migrate-cart'])
    scripted.upsert(labelled('migrate-mail', 'cart'), labelled('migrate-cart', 'mail'))
    expect(names()).toEqual(['migrate-mail'])
  })

  it('are Jobs no longer when a CronJob adopts them', async () => {
    await using scripted = await start()
    scripted.upsert(jobOf('import', undefined))
    scripted.upsert(jobOf('import', 'nightly'))
    expect(scripted.inventory.customs()).toEqual([])
  })

  it('come under autoscalers like others', async () => {
    await using scripted = await start()
    const { served, told, inventory } = scripted
    served.set(argo, ['rollouts'])
    await vi.waitFor(() => expect(scripted.sink('Rollout')).toBeDefined())
    scripted.list('Rollout', rollout('cart', 2), rollout('other', 2))
    told.length = 0
    scripted.upsert({
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'hpa' },
      spec: { scaleTargetRef: { kind: 'Rollout', name: 'cart' } },
    })
    expect(told).toEqual(['argoproj.io/v1alpha1 Rollout cart healthy'])
    expect(inventory.state().stale).toBe(false)
  })

  it('show the images of the Deployment that they take their template from', async () => {
    await using scripted = await start()
    const { served, told, inventory } = scripted
    served.set(argo, ['rollouts'])
    await vi.waitFor(() => expect(scripted.sink('Rollout')).toBeDefined())
    const spec = { workloadRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' } }
    const images = () => inventory.customs().map((each) => each.images)
    scripted.list('Rollout', { ...rollout('cart-rollout', 2), spec }, rollout('own', 2))
    expect(images()).toEqual([{}, { web: 'own:1' }])
    const cart = deploymentOf('cart', 2, 2)
    const shown = summaryOf(cart, {}).images
    told.length = 0
    scripted.list('Deployment', cart)
    expect(images()).toEqual([shown, { web: 'own:1' }])
    expect(told).toEqual(['argoproj.io/v1alpha1 Rollout cart-rollout healthy'])
    scripted.remove(cart)
    expect(images()).toEqual([{}, { web: 'own:1' }])
    scripted.remove({ ...rollout('cart-rollout', 2), spec })
    told.length = 0
    scripted.upsert(cart)
    expect(told).toEqual([])
  })

  it('share no autoscaler with a built-in workload that is called the same', async () => {
    await using scripted = await start()
    const { inventory } = scripted
    const autoscaler = (apiVersion: string | undefined): KubernetesObject => ({
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'hpa' },
      spec: { scaleTargetRef: { apiVersion, kind: 'StatefulSet', name: 'db' } },
    })
    const advanced = { apiVersion: 'apps.kruise.io/v1beta1', kind: 'StatefulSet', name: 'db' }
    const builtIn = { kind: 'StatefulSet', name: 'db' }
    const marks = (): boolean[] => [advanced, builtIn].map((each) => inventory.isAutoscaled(each))
    scripted.upsert(autoscaler('apps.kruise.io/v1alpha1'))
    expect(marks()).toEqual([true, false])
    scripted.upsert(autoscaler('apps/v1'))
    expect(marks()).toEqual([false, true])
    scripted.upsert(autoscaler(undefined))
    expect(marks()).toEqual([true, true])
    scripted.remove(autoscaler('apps/v1'))
    expect(marks()).toEqual([false, false])
  })

  it('are asked for again after the cluster did not answer', async () => {
    let failures = 3
    await using scripted = await startScriptedInventory({
      served: async () => {
        if (failures > 0) {
          failures -= 1
          throw new SiteError({ code: 'unreachable', message: 'gone' })
        }
        return new Set(['rollouts'])
      },
      discoveryTimes: soon,
    })
    await vi.waitFor(() => expect(scripted.sink('Rollout')).toBeDefined())
  })
})
