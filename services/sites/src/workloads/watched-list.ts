import type { Part, SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import type { WatchSink } from '../inventory/kind-watcher.ts'

/** Objects of one kind as a watch tells them, reduced to what is wanted of them. */
export interface WatchedList<T> extends WatchSink {
  values(): readonly T[]
  /** What is known; undefined while nothing is: not read yet, or may not be seen. */
  known(): readonly T[] | undefined
  part(): Part
  isSettled(): boolean
  clear(): void
}

/** More objects than this are not kept: whoever has so many needs a search, not a page. */
const MAX_OBJECTS = 20_000

/** Makes a list that a watcher fills. `changed` is called when it shows anything else. */
export const createWatchedList = <T>(reduce: (object: KubernetesObject) => T, changed: () => void): WatchedList<T> => {
  const objects = new Map<string, T>()
  let state: Part['state'] = 'loading'
  let problem: SiteProblem | undefined
  let current = false

  const keyOf = ({ metadata }: KubernetesObject): string => metadata.uid ?? metadata.name
  const become = (next: Part['state'], trouble: SiteProblem | undefined, isCurrent: boolean): void => {
    const same = state === next && current === isCurrent && problem?.code === trouble?.code
    state = next
    problem = trouble
    current = isCurrent
    if (!same) changed()
  }

  return {
    values: () => [...objects.values()],
    known: () => (state === 'complete' ? [...objects.values()] : undefined),
    part: () => ({
      state,
      stale: !current && state === 'complete',
      ...(problem === undefined ? {} : { problem }),
    }),
    isSettled: () => state !== 'loading',
    clear: () => {
      objects.clear()
      become('loading', undefined, false)
    },
    replace: (list) => {
      objects.clear()
      for (const object of list.slice(0, MAX_OBJECTS)) objects.set(keyOf(object), reduce(object))
      become('complete', undefined, true)
      changed()
    },
    upsert: (object) => {
      const key = keyOf(object)
      if (!objects.has(key) && objects.size >= MAX_OBJECTS) return
      objects.set(key, reduce(object))
      changed()
    },
    remove: (object) => {
      if (objects.delete(keyOf(object))) changed()
    },
    connected: () => become('complete', undefined, true),
    forbidden: (trouble) => {
      objects.clear()
      become('forbidden', trouble, true)
    },
    lost: (trouble) => become(state === 'complete' ? 'complete' : 'failed', trouble, false),
  }
}
