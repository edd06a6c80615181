import { randomUUID } from 'node:crypto'
import { alreadyExists, badRequest, conflict, invalid, notFound } from './api-error.ts'
import { type Change, ChangeLog } from './change-log.ts'
import { fillDefaults } from './defaults.ts'
import { clone, type KubeObject } from './kube-object.ts'
import { ListPages } from './list-pages.ts'
import { manageFields } from './managed-fields.ts'
import { PodLogs } from './pod-logs.ts'
import { groupVersionOf, type Resource, resourceOfKind } from './resources.ts'
import { validateObject, validateUpdate } from './validate.ts'

export interface WriteOptions {
  readonly manager?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly subresource?: string | undefined
}

/** One write that reached the API, as Kubernetes' own audit log has it. */
export interface AuditEntry {
  readonly stage: 'ResponseComplete'
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string }
  readonly objectRef: {
    readonly resource: string
    readonly namespace?: string | undefined
    readonly name?: string | undefined
    readonly subresource?: string | undefined
  }
  readonly responseStatus: { readonly code: number }
  readonly requestReceivedTimestamp: string
}

const keyOf = (plural: string, namespace: string | undefined, name: string): string =>
  `${plural}/${namespace ?? ''}/${name}`
const specOf = (object: KubeObject): string => JSON.stringify(object['spec'] ?? null)
const withoutVersion = (object: KubeObject): string => {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata
  return JSON.stringify({ ...object, metadata })
}

/** The state of one simulated cluster: objects, one revision over all of them, history for watches, audit log. */
export class Cluster {
  readonly name: string
  readonly version: string
  readonly audit: AuditEntry[] = []
  readonly logs = new PodLogs()
  readonly pages = new ListPages()
  /** Milliseconds between bookmarks of watches that ask for them; a real server sends one about once a minute. */
  bookmarkMs = 2_000
  readonly #objects = new Map<string, KubeObject>()
  readonly #lists = new Map<string, { readonly revision: number; readonly objects: readonly KubeObject[] }>()
  #revision = 1000
  readonly #changes = new ChangeLog(this.#revision)

  constructor(name: string, version = 'v1.37.2') {
    this.name = name
    this.version = version
  }

  get revision(): number {
    return this.#revision
  }

  /** In order of their names. Pages of one list are cut from the same one as long as nothing changes. */
  list(resource: Resource, namespace?: string): readonly KubeObject[] {
    const prefix = namespace === undefined ? `${resource.plural}/` : `${resource.plural}/${namespace}/`
    const kept = this.#lists.get(prefix)
    if (kept?.revision === this.#revision) return kept.objects
    const found = [...this.#objects].filter(([key]) => key.startsWith(prefix))
    const objects = found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
    this.#lists.set(prefix, { revision: this.#revision, objects })
    return objects
  }

  /** Puts objects in as they are, told to nobody: for seeds of many thousands, before anybody watches. */
  put(objects: readonly KubeObject[]): void {
    this.#revision += 1
    for (const object of objects) {
      const { plural } = resourceOfKind(object.kind)
      const metadata = { ...object.metadata, resourceVersion: String(this.#revision) }
      this.#objects.set(keyOf(plural, metadata.namespace, metadata.name), { ...object, metadata })
    }
  }

  find(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(keyOf(resource.plural, namespace, name))
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject {
    const object = this.find(resource, namespace, name)
    if (object === undefined) throw notFound(resource, name)
    return object
  }

  create(resource: Resource, namespace: string | undefined, given: KubeObject, options: WriteOptions = {}): KubeObject {
    const { generateName } = given.metadata
    const name =
      given.metadata.name ?? (typeof generateName === 'string' ? `${generateName}${randomUUID().slice(0, 5)}` : '')
    if (name === '') throw invalid(resource, '', 'metadata.name', 'Required value: name or generateName is required')
    if (namespace !== undefined && this.find(resourceOfKind('Namespace'), undefined, namespace) === undefined)
      throw notFound(resourceOfKind('Namespace'), namespace)
    if (given.metadata.namespace !== undefined && given.metadata.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    if (this.find(resource, namespace, name) !== undefined) throw alreadyExists(resource, name)
    const time = new Date().toISOString().replace(/\.\d+/, '')
    const { status: _, ...content } = clone(given)
    const object: KubeObject = {
      ...content,
      apiVersion: groupVersionOf(resource),
      kind: resource.kind,
      metadata: {
        ...clone(given.metadata),
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: randomUUID(),
        creationTimestamp: time,
      },
    }
    if (resource.kind === 'Pod' && given['status'] !== undefined) object['status'] = clone(given['status'])
    if ('spec' in object) object.metadata.generation = 1
    fillDefaults(object)
    validateObject(resource, object)
    object.metadata.managedFields = manageFields(undefined, object, { manager: options.manager ?? 'unknown', time })
    return this.#commit('ADDED', resource, object, options)
  }

  /** Stores a changed object; `change` gets a copy of the stored one. A write that changes nothing keeps the resourceVersion. */
  update(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    change: (object: KubeObject) => KubeObject,
    options: WriteOptions = {},
  ): KubeObject {
    const before = this.get(resource, namespace, name)
    const changed = change(clone(before))
    const wanted = changed.metadata.resourceVersion
    validateUpdate(resource, before, changed)
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion) throw conflict(resource, name)
    const isStatus = options.subresource === 'status'
    const after: KubeObject = isStatus
      ? { ...clone(before), status: changed['status'] }
      : { ...changed, ...(before['status'] === undefined ? {} : { status: before['status'] }) }
    after.apiVersion = before.apiVersion
    after.kind = before.kind
    after.metadata = {
      ...after.metadata,
      creationTimestamp: before.metadata.creationTimestamp ?? '',
      managedFields: before.metadata.managedFields ?? [],
    }
    fillDefaults(after)
    validateObject(resource, after)
    if (withoutVersion(after) === withoutVersion(before)) return before
    if (specOf(after) !== specOf(before)) after.metadata.generation = (before.metadata.generation ?? 0) + 1
    const time = new Date().toISOString().replace(/\.\d+/, '')
    after.metadata.managedFields = manageFields(before, after, {
      manager: options.manager ?? 'unknown',
      subresource: options.subresource,
      time,
    })
    return this.#commit('MODIFIED', resource, after, options)
  }

  delete(resource: Resource, namespace: string | undefined, name: string, options: WriteOptions = {}): KubeObject {
    const object = this.get(resource, namespace, name)
    if (options.dryRun !== true) {
      this.#objects.delete(keyOf(resource.plural, namespace, name))
      this.#publish('DELETED', resource, clone(object))
      if (resource.kind === 'Namespace') {
        for (const [key, each] of this.#objects) {
          if (each.metadata.namespace !== name) continue
          this.#objects.delete(key)
          this.#publish('DELETED', resourceOfKind(each.kind), clone(each))
        }
      }
    }
    return object
  }

  /** Changes an object in place as this manager, for seeds and tests. */
  edit(kind: string, namespace: string, name: string, manager: string, change: (object: KubeObject) => void): void {
    const edited = (object: KubeObject): KubeObject => {
      change(object)
      return object
    }
    this.update(resourceOfKind(kind), namespace, name, edited, { manager })
  }

  /** @throws ApiError 410 when changes after `since` have been forgotten */
  assertWatchable(since: number): void {
    this.#changes.assertWatchable(since, this.#revision)
  }

  /** Calls back for every change after `since`, at once for those that are past. @throws ApiError 410 when `since` is too old */
  watch(plural: string, since: number, listener: (change: Change) => void): () => void {
    this.assertWatchable(since)
    return this.#changes.watch(plural, since, listener)
  }

  /** Every change, for controllers. */
  onChange(listener: (change: Change) => void): () => void {
    return this.#changes.onChange(listener)
  }

  /** Forgets the past, as etcd's compaction does: older watches get 410. */
  compact(): void {
    this.#changes.forget(this.#revision)
    this.pages.clear()
  }

  /** Takes a backup. The returned function sets the cluster back to it, versions included; who watches is told nothing. */
  backup(): () => void {
    const objects = new Map(this.#objects)
    const revision = this.#revision
    return () => {
      this.#objects.clear()
      this.#lists.clear()
      for (const [key, object] of objects) this.#objects.set(key, object)
      this.#revision = revision
      this.compact()
    }
  }

  #commit(type: 'ADDED' | 'MODIFIED', resource: Resource, object: KubeObject, options: WriteOptions): KubeObject {
    if (options.dryRun === true)
      return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } }
    const key = keyOf(resource.plural, object.metadata.namespace, object.metadata.name)
    const before = this.#objects.get(key)
    this.#objects.set(key, object)
    this.#publish(type, resource, object, before)
    return object
  }

  #publish(type: Change['type'], resource: Resource, object: KubeObject, before?: KubeObject): void {
    this.#revision += 1
    object.metadata.resourceVersion = String(this.#revision)
    this.#changes.add({ type, plural: resource.plural, revision: this.#revision, object, before })
  }
}
