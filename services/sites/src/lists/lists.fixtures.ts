import type { AppInstance } from '@rancher-hub/contracts'
import type { ListIndex } from './list-index.ts'
import type { ConfigFacts, ListedObject, SeenObject, WorkloadLife } from './list-row.ts'
import type { Coverage } from './shelf.ts'

const uuid = (kind: number, number: number): string =>
  `6f1c3a52-${String(kind).padStart(4, '0')}-4a6e-9d43-${String(number).padStart(12, '0')}`

export interface InstanceSketch {
  readonly number: number
  readonly rank: number
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

/** An app instance of a spec: equal numbers, equal ids. */
export const anInstance = ({
  number,
  rank,
  namespace = 'shop',
  name = `shop ${number}`,
}: InstanceSketch): AppInstance => ({
  id: uuid(5, number),
  name,
  environment: { id: uuid(4, rank), name: `env ${rank}`, colour: '#1f6feb', rank, protected: false },
  site: { id: uuid(3, number % 3), name: `site ${number % 3}` },
  cluster: { id: 'c-1', name: 'cluster' },
  namespace,
  revision: 0,
})

export type ObjectSketch = Partial<ListedObject> & { readonly kind: string; readonly name: string }

const objectOf = (sketch: ObjectSketch): ListedObject => ({
  uid: `uid-${sketch.kind}-${sketch.name}`,
  digest: 'sha256:0',
  images: {},
  keys: {},
  managedBy: undefined,
  references: [],
  labels: {},
  createdAt: undefined,
  ...sketch,
})

/** A workload as lists see it; it does well unless `life` says otherwise. */
export const aWorkload = (sketch: ObjectSketch, life: Partial<WorkloadLife> = {}): SeenObject => ({
  object: objectOf(sketch),
  life: {
    status: { state: 'healthy', message: 'All pods are ready' },
    ready: undefined,
    desired: undefined,
    restarts: undefined,
    autoscaled: false,
    ...life,
  },
})

/** A ConfigMap or Secret as lists see it. */
export const aConfig = (sketch: ObjectSketch, config: ConfigFacts = { type: '', bytes: undefined }): SeenObject => ({
  object: objectOf(sketch),
  config,
})

/** Everything is known: what is not in the index is not there. */
export const allKnown = (index: ListIndex, instance: AppInstance): Coverage => ({
  signature: 'all',
  isAbsent: (kind, name) => index.row(instance.id, kind, name) === undefined,
  knowsWorkloads: true,
})
