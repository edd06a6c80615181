import { randomUUID } from 'node:crypto'
import type { Cluster } from '../api/cluster.ts'
import type { KubeObject } from '../api/kube-object.ts'
import { resourceOfKind } from '../api/resources.ts'

/** What is told of an object. */
export interface Told {
  readonly type?: 'Normal' | 'Warning' | undefined
  readonly reason: string
  readonly message: string
  readonly source: string
  readonly count?: number | undefined
}

/** Clusters forget events after an hour; a simulated one takes no more after so many. */
const MAX_EVENTS = 2_000

/** Records events of a cluster, as its controllers, its scheduler and its kubelets do. */
export const createRecorder = (cluster: Cluster): ((object: KubeObject, told: Told) => void) => {
  const events = resourceOfKind('Event')
  let recorded = 0
  return (object, { type = 'Normal', reason, message, source, count = 1 }) => {
    const { namespace, name, uid } = object.metadata
    if (recorded >= MAX_EVENTS || namespace === undefined) return
    recorded += 1
    const at = new Date().toISOString().replace(/\.\d+/, '')
    const event: KubeObject = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 200)}.${randomUUID().replaceAll('-', '').slice(0, 16)}` },
      involvedObject: { kind: object.kind, namespace, name, uid, apiVersion: object.apiVersion },
      type,
      reason,
      message,
      count,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: source },
      reportingComponent: source,
      reportingInstance: '',
      eventTime: null,
    }
    cluster.create(events, namespace, event, { manager: source })
  }
}
