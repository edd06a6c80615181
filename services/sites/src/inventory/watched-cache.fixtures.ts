import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { isBefore } from './resource-versions.ts'
import type { WatchSink } from './watch-sink.ts'

/** Objects by name, as version and content. */
export type Contents = ReadonlyMap<string, string>

/** A ConfigMap as version and content: a cluster that was set back gives versions out again. */
export const contentOf = (object: KubernetesObject): string =>
  `${object.metadata.resourceVersion ?? ''} ${String((object['data'] as { value?: string } | undefined)?.value)}`

/** A cache as small as it can be, that watches itself: it writes down what must not happen. */
export interface WatchedCache {
  readonly sink: WatchSink
  readonly contents: Contents
  readonly state: () => 'loading' | 'current' | 'forbidden' | 'lost'
  /** `replace`, `connected`, `forbidden`, `lost`, in order. */
  readonly told: readonly string[]
  readonly wrong: readonly string[]
  /** From now on versions may be older: the cluster was set back. */
  expectOlder(): void
}

export const createWatchedCache = (namespace: string): WatchedCache => {
  const contents = new Map<string, string>()
  const told: string[] = []
  const wrong: string[] = []
  let state: ReturnType<WatchedCache['state']> = 'loading'
  let isSetBack = false
  const take = (object: KubernetesObject, how: string): void => {
    const { metadata } = object
    const { name, resourceVersion = '' } = metadata
    const before = contents.get(name)?.split(' ', 1)[0]
    if (metadata.namespace !== namespace) wrong.push(`${how} ${name} of ${String(metadata.namespace)}`)
    if (!isSetBack && before !== undefined && isBefore(resourceVersion, before))
      wrong.push(`${how} ${name} ${resourceVersion} after ${before}`)
    contents.set(name, contentOf(object))
  }
  const become = (next: typeof state, how: string): void => {
    state = next
    told.push(how)
  }
  return {
    contents,
    told,
    wrong,
    state: () => state,
    expectOlder: () => {
      isSetBack = true
    },
    sink: {
      replace: (objects) => {
        const names = new Set(objects.map(({ metadata }) => metadata.name))
        for (const name of contents.keys()) if (!names.has(name)) contents.delete(name)
        for (const object of objects) take(object, 'listed')
        become('current', 'replace')
      },
      upsert: (object) => take(object, 'changed'),
      remove: ({ metadata }) => void contents.delete(metadata.name),
      connected: () => become('current', 'connected'),
      forbidden: () => {
        contents.clear()
        become('forbidden', 'forbidden')
      },
      lost: (problem) => become('lost', `lost: ${problem.message}`),
    },
  }
}
