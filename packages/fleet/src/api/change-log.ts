import { expired } from './api-error.ts'
import type { KubeObject } from './kube-object.ts'

/** A change as watches see it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly plural: string
  readonly revision: number
  readonly object: KubeObject
  /** As it was before. */
  readonly before?: KubeObject | undefined
}

const HISTORY = 20_000

/** What happened to a cluster's objects lately, and who is told of what happens. */
export class ChangeLog {
  readonly #changes: Change[] = []
  readonly #watchers = new Set<(change: Change) => void>()
  #oldest: number

  /** `revision`: nothing before it is known. */
  constructor(revision: number) {
    this.#oldest = revision
  }

  /** Takes a change in, and tells it. */
  add(change: Change): void {
    this.#changes.push(change)
    if (this.#changes.length > HISTORY) this.#oldest = this.#changes.splice(0, 4_000).at(-1)?.revision ?? this.#oldest
    for (const watcher of this.#watchers) watcher(change)
  }

  /** Forgets everything up to this revision. */
  forget(revision: number): void {
    this.#changes.length = 0
    this.#oldest = revision
  }

  /** `revision`: where the cluster is now. @throws ApiError 410 when changes after `since` have been forgotten */
  assertWatchable(since: number, revision: number): void {
    if (since < this.#oldest) throw expired(`too old resource version: ${since} (${revision})`)
  }

  /** Calls back for every change of a kind after `since`, at once for those that are past. */
  watch(plural: string, since: number, listener: (change: Change) => void): () => void {
    for (const change of this.#changes) if (change.revision > since && change.plural === plural) listener(change)
    // Of a version that is still to come, a real server tells nothing until it has come: after a backup was restored.
    return this.onChange((change) => {
      if (change.plural === plural && change.revision > since) listener(change)
    })
  }

  /** Calls back for every change from now on. */
  onChange(listener: (change: Change) => void): () => void {
    this.#watchers.add(listener)
    return () => void this.#watchers.delete(listener)
  }
}
