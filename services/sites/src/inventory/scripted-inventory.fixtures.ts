import { once } from 'node:events'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { WatchedKind } from '../connection/kube-api.ts'
import { createKeyring, type OrganizationKeys } from '../credentials/keyring.ts'
import { type InstanceInventory, type InstanceInventoryOptions, startInstanceInventory } from './instance-inventory.ts'
import type { WatchSink } from './watch-sink.ts'

/** An inventory that a spec tells what a cluster would. */
export interface ScriptedInventory extends AsyncDisposable {
  readonly inventory: InstanceInventory
  /** Undefined while nobody watches the kind. */
  sink(kind: WatchedKind): WatchSink | undefined
  /** Tells a whole list of a kind, and that changes follow. */
  list(kind: WatchedKind, ...objects: readonly KubernetesObject[]): void
  upsert(...objects: readonly KubernetesObject[]): void
  remove(...objects: readonly KubernetesObject[]): void
}

const kinds = [
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'ConfigMap', 'Secret', 'Pod', 'ReplicaSet', 'Job'],
] as WatchedKind[]

/** Keys of an organization that stores nothing. */
export const keysOf = async (organization: string): Promise<OrganizationKeys> =>
  await createKeyring({ masterKey: new Uint8Array(32), store: openMemoryEventStore(), now: () => new Date() }).of(
    organization,
  )

/** `isListed`: every kind of Kubernetes itself is known, and empty. */
export const startScriptedInventory = async (
  options: Partial<InstanceInventoryOptions> & { readonly isListed?: boolean } = {},
): Promise<ScriptedInventory> => {
  const { isListed = true, ...given } = options
  const sinks = new Map<WatchedKind, WatchSink>()
  const inventory = startInstanceInventory({
    watch: async (kind, sink, signal) => {
      sinks.set(kind, sink)
      if (!signal.aborted) await once(signal, 'abort')
      sinks.delete(kind)
    },
    keys: await keysOf('org'),
    now: Date.now,
    runId: 'run',
    onChanged: () => {},
    onDefect: (error) => {
      throw error
    },
    ...given,
  })
  const told = (kind: string): WatchSink => {
    const sink = sinks.get(kind as WatchedKind)
    if (sink === undefined) throw new Error(`Nobody watches ${kind}`)
    return sink
  }
  const list = (kind: WatchedKind, ...objects: readonly KubernetesObject[]): void => {
    told(kind).replace(objects)
    told(kind).connected()
  }
  if (isListed) for (const kind of kinds) list(kind)
  return {
    inventory,
    sink: (kind) => sinks.get(kind),
    list,
    upsert: (...objects) => {
      for (const object of objects) told(object.kind).upsert(object)
    },
    remove: (...objects) => {
      for (const object of objects) told(object.kind).remove(object)
    },
    [Symbol.asyncDispose]: async () => await inventory[Symbol.asyncDispose](),
  }
}

type Json = Readonly<Record<string, unknown>>
const owner = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name, controller: true }],
})

/** Objects whose uid is their name. */
export const deploymentOf = (
  name: string,
  replicas: number,
  available: number,
  status: Json = {},
): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, uid: name, generation: 1 },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'web', image: `${name}:1` }] } },
  },
  status: {
    observedGeneration: 1,
    replicas,
    updatedReplicas: replicas,
    availableReplicas: available,
    conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' }],
    ...status,
  },
})
export const replicaSetOf = (name: string, deployment: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name, uid: name, ...owner('Deployment', deployment) },
})
export const jobOf = (name: string, cronJob: string | undefined, status: Json = {}): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, uid: name, ...(cronJob === undefined ? {} : owner('CronJob', cronJob)) },
  status,
})

const container = { name: 'web', restartCount: 0 }
const runs = { ...container, ready: true, state: { running: {} } }
const notFound = { reason: 'ImagePullBackOff', message: 'Back-off pulling image: cart:9: not found' }
const states = {
  ready: { phase: 'Running', containerStatuses: [runs] },
  restarted: { phase: 'Running', containerStatuses: [{ ...runs, restartCount: 3 }] },
  'no-image': { phase: 'Pending', containerStatuses: [{ ...container, ready: false, state: { waiting: notFound } }] },
  over: { phase: 'Succeeded', containerStatuses: [] },
}
export type PodKind = keyof typeof states
export const podOf = (name: string, state: PodKind, by?: { readonly kind: string; readonly name: string }) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, uid: name, ...(by === undefined ? {} : owner(by.kind, by.name)) },
  spec: { containers: [{ name: 'web', image: 'cart:1' }] },
  status: states[state],
})
