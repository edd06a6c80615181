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
