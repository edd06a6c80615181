import type { SiteProblem } from '@rancher-hub/contracts'
import type { KubernetesObject } from '@rancher-hub/kubernetes'

/** What is told of the objects that are kept known, in order. Must not throw. */
export interface WatchSink {
  /** All objects there are; what is not among them is gone. */
  replace(objects: readonly KubernetesObject[]): void
  upsert(object: KubernetesObject): void
  remove(object: KubernetesObject): void
  /** Changes arrive as they happen. */
  connected(): void
  forbidden(problem: SiteProblem): void
  /** What is known may be old from now on. */
  lost(problem: SiteProblem): void
}

/** Tells two sinks the same, one after the other. */
export const bothSinks = (first: WatchSink, second: WatchSink): WatchSink => ({
  replace: (objects) => {
    first.replace(objects)
    second.replace(objects)
  },
  upsert: (object) => {
    first.upsert(object)
    second.upsert(object)
  },
  remove: (object) => {
    first.remove(object)
    second.remove(object)
  },
  connected: () => {
    first.connected()
    second.connected()
  },
  forbidden: (problem) => {
    first.forbidden(problem)
    second.forbidden(problem)
  },
  lost: (problem) => {
    first.lost(problem)
    second.lost(problem)
  },
})
