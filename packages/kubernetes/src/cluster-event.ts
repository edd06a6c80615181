import { isSameGroup, type KubernetesObject, valueAt } from './kubernetes-object.ts'

/** A Kubernetes event (core/v1), reduced; equal ones are merged. */
export interface ClusterEvent {
  readonly object: {
    readonly kind: string
    readonly name: string
    readonly uid: string
    readonly apiVersion?: string | undefined
  }
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly count: number
  /** RFC 3339; absent when the cluster says none. */
  readonly firstAt?: string | undefined
  readonly lastAt?: string | undefined
  readonly source?: string | undefined
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const MAX_MESSAGE = 4_000

/** Reads an event in its old form (count, firstTimestamp) and its new one (eventTime, series); either may be empty. */
export const readEvent = (event: KubernetesObject): ClusterEvent => {
  const series = valueAt(event, 'series', 'count')
  const count = typeof series === 'number' ? series : event['count']
  const created = text(event.metadata.creationTimestamp)
  const firstAt = text(event['firstTimestamp']) ?? text(event['eventTime']) ?? created
  const source = text(event['reportingComponent']) ?? text(valueAt(event, 'source', 'component'))
  return {
    object: {
      kind: text(valueAt(event, 'involvedObject', 'kind')) ?? '',
      name: text(valueAt(event, 'involvedObject', 'name')) ?? '',
      uid: text(valueAt(event, 'involvedObject', 'uid')) ?? '',
      apiVersion: text(valueAt(event, 'involvedObject', 'apiVersion')),
    },
    type: event['type'] === 'Warning' ? 'Warning' : 'Normal',
    reason: text(event['reason']) ?? '',
    message: (text(event['message']) ?? text(event['note']) ?? '').slice(0, MAX_MESSAGE),
    count: typeof count === 'number' && count > 0 ? count : 1,
    firstAt,
    lastAt: text(valueAt(event, 'series', 'lastObservedTime')) ?? text(event['lastTimestamp']) ?? firstAt,
    source,
  }
}

const earlier = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a < b ? a : b
const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a > b ? a : b

/** Newest first, with what says the same of the same object as one entry whose count is the sum. */
export const mergeEvents = (events: readonly ClusterEvent[]): ClusterEvent[] => {
  const merged = new Map<string, ClusterEvent>()
  for (const event of events) {
    const key = JSON.stringify([event.object.kind, event.object.name, event.type, event.reason, event.message])
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined
        ? event
        : {
            ...event,
            count: before.count + event.count,
            firstAt: earlier(before.firstAt, event.firstAt),
            lastAt: later(before.lastAt, event.lastAt),
          },
    )
  }
  return [...merged.values()].sort((a, b) => (b.lastAt ?? '').localeCompare(a.lastAt ?? ''))
}

/** The random part that Kubernetes puts at the end of generated names (apimachinery `util/rand`: no vowels, no 0, 1, 3). */
const RANDOM = '[bcdfghjklmnpqrstvwxz2456789]'
/** Generated names keep at most this much of what they are made of (apiserver `storage/names`). */
const MAX_BASE = 58

const literally = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

const childPatterns = (kind: string, name: string): Readonly<Record<string, RegExp>> => {
  const own = literally(name)
  if (kind === 'Deployment' || kind === 'Rollout')
    return {
      ReplicaSet: new RegExp(`^${own}-${RANDOM}{1,10}$`),
      Pod: new RegExp(`^${own}-${RANDOM}{1,10}-${RANDOM}{5}$`),
    }
  if (kind === 'StatefulSet') return { Pod: new RegExp(String.raw`^${own}-\d+$`) }
  // Pods of Jobs with completionMode Indexed carry their index too.
  if (kind === 'Job') return { Pod: new RegExp(String.raw`^${own}-(\d+-)?${RANDOM}{5}$`) }
  if (kind === 'DaemonSet' || kind === 'CloneSet') return { Pod: new RegExp(`^${own}-${RANDOM}{5}$`) }
  return { Job: new RegExp(String.raw`^${own}-\d{6,12}$`), Pod: new RegExp(String.raw`^${own}-\d{6,12}-${RANDOM}{5}$`) }
}

/**
 * Whether an event tells of a workload, or of what it makes. Pods that are gone count too, by their names: they are
 * the ones somebody looks for.
 */
export const tellsOf = (
  workload: { readonly kind: string; readonly name: string; readonly apiVersion?: string | undefined },
  known: ReadonlySet<string>,
): ((event: ClusterEvent) => boolean) => {
  const patterns = childPatterns(workload.kind, workload.name)
  // OpenKruise has kinds that are called as Kubernetes' own.
  const isKind = ({ kind, apiVersion }: ClusterEvent['object']): boolean =>
    kind === workload.kind && isSameGroup(apiVersion, workload.apiVersion)
  const cutBase = `${workload.name}-`.slice(0, MAX_BASE)
  return ({ object }) => {
    if (isKind(object) && object.name === workload.name) return true
    if (object.uid !== '' && known.has(object.uid)) return true
    const pattern = patterns[object.kind]
    if (pattern === undefined) return false
    if (pattern.test(object.name)) return true
    // Names of pods of long-named workloads are cut before their random end.
    return object.kind === 'Pod' && object.name.length === MAX_BASE + 5 && object.name.startsWith(cutBase)
  }
}
