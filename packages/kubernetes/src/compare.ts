import canonicalize from 'canonicalize'
import { formatPath, type Step } from './field-path.ts'
import { isObject, isWorkloadKind, type Json, type JsonObject } from './kubernetes-object.ts'
import type { Normalized } from './normalize.ts'

export type DifferenceGroup =
  | 'image'
  | 'env'
  | 'config-key'
  | 'secret-key'
  | 'replicas'
  | 'resources'
  | 'scheduling'
  | 'labels'
  | 'annotations'
  | 'template'
  | 'spec'

/** One difference between source and target. `from` is what the target has, `to` what the source has. */
export interface Difference {
  readonly path: string
  readonly group: DifferenceGroup
  readonly change: 'added' | 'removed' | 'changed'
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly selectable: boolean
  readonly preselected: boolean
  /** Why it cannot be ticked, or is not ticked by itself. */
  readonly note?: string | undefined
}

export interface CompareOptions {
  /** An autoscaler owns the replicas of the target. */
  readonly autoscaled?: boolean | undefined
}

/** Shape of normalized content, where it is not a plain value: fields with shapes of their own, or a map by key. */
type Shape = { readonly fields: Readonly<Record<string, Shape>> } | { readonly entries: Shape } | 'value'

const values: Shape = { entries: 'value' }
const containers: Shape = {
  entries: {
    fields: {
      env: values,
      ports: values,
      volumeMounts: values,
      volumeDevices: values,
      resources: { fields: { limits: values, requests: values } },
    },
  },
}
const root: Shape = {
  fields: {
    labels: values,
    annotations: values,
    data: values,
    binaryData: values,
    containers,
    initContainers: containers,
    template: { fields: { labels: values, annotations: values } },
    job: { fields: {} },
    pod: { fields: { volumes: values, imagePullSecrets: values, nodeSelector: values } },
  },
}

const scheduling = new Set([
  'nodeSelector',
  'affinity',
  'tolerations',
  'topologySpreadConstraints',
  'nodeName',
  'priorityClassName',
  'runtimeClassName',
  'schedulerName',
])

const groupOf = (kind: string, steps: readonly Step[]): DifferenceGroup => {
  const names = steps.map((step) => ('field' in step ? step.field : ''))
  const first = names[0] ?? ''
  if (first === 'data' || first === 'binaryData') return kind === 'Secret' ? 'secret-key' : 'config-key'
  if (first === 'labels' || first === 'annotations') return first
  if (first === 'replicas') return 'replicas'
  if (first === 'pod' && scheduling.has(names[1] ?? '')) return 'scheduling'
  if (first === 'containers' || first === 'initContainers') {
    if (names[2] === 'image') return 'image'
    if (names[2] === 'env' || names[2] === 'envFrom' || names[2] === 'envOrder') return 'env'
    return names[2] === 'resources' ? 'resources' : 'template'
  }
  return first === 'pod' || first === 'template' ? 'template' : 'spec'
}

const immutable: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['selector'],
  DaemonSet: ['selector'],
  StatefulSet: ['selector', 'serviceName', 'podManagementPolicy', 'volumeClaimTemplates'],
  CronJob: [],
  ConfigMap: [],
  Secret: ['type'],
}

const whyNotSelectable = (
  kind: string,
  steps: readonly Step[],
  change: Difference['change'],
  target: Normalized,
): string | undefined => {
  const names = steps.map((step) => ('field' in step ? step.field : ''))
  const first = names[0] ?? ''
  const last = names.at(-1) ?? ''
  if (change === 'removed') return 'Only in the target: nothing is deleted by a sync'
  if (immutable[kind]?.includes(first) === true)
    return 'Cannot be changed after the object was made: delete and create it to change this'
  if ((first === 'data' || first === 'binaryData') && target['immutable'] === true)
    return 'The target is immutable: delete and create it to change its keys'
  if (last === 'envOrder' || last === 'initContainerOrder')
    return 'The order follows from the entries; it cannot be written on its own'
  return undefined
}

const whyNotPreselected = (group: DifferenceGroup, options: CompareOptions): string | undefined => {
  if (group === 'replicas' && options.autoscaled === true) return 'An autoscaler owns the replicas of the target'
  if (group === 'replicas' || group === 'resources' || group === 'scheduling')
    return 'Usually belongs to the environment'
  return undefined
}

const shown = (kind: string, group: DifferenceGroup, value: Json | undefined): string | undefined => {
  if (value === undefined || group === 'secret-key' || (kind === 'Secret' && group === 'spec')) return undefined
  if (group === 'image' && typeof value === 'string') return value.replace(/^docker\.io\/(library\/)?/, '')
  if (isObject(value) && Object.keys(value).length === 1 && typeof value['value'] === 'string') return value['value']
  if (group === 'resources' && typeof value === 'string') return readableQuantity(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Canonical nano-units back in a form that people write. */
const readableQuantity = (text: string): string => {
  const found = /^(-?)(\d+)n$/.exec(text)
  if (found === null) return text
  const nano = BigInt(found[2] ?? '0')
  const [sign, whole] = [found[1] ?? '', nano / 1_000_000_000n]
  if (nano % 1_000_000_000n !== 0n) return nano % 1_000_000n === 0n ? `${sign}${nano / 1_000_000n}m` : text
  const binary = [
    ['Gi', 2n ** 30n],
    ['Mi', 2n ** 20n],
    ['Ki', 2n ** 10n],
  ] as const
  const unit = binary.find(([, size]) => whole >= size && whole % size === 0n)
  return `${sign}${unit === undefined ? whole : `${whole / unit[1]}${unit[0]}`}`
}

/**
 * Lists every difference between two normalized objects of one kind, in a stable order. A container, variable, volume
 * or key that only one side has is one difference.
 */
export const compareObjects = (source: Normalized, target: Normalized, options: CompareOptions = {}): Difference[] => {
  const kind = String(source['kind'])
  const found: Difference[] = []

  const report = (steps: readonly Step[], from: Json | undefined, to: Json | undefined): void => {
    const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed'
    const group = groupOf(kind, steps)
    const blocked = whyNotSelectable(kind, steps, change, target)
    const left = whyNotPreselected(group, options)
    const note = blocked ?? left
    found.push({
      path: formatPath(steps),
      group,
      change,
      ...(from === undefined ? {} : optional('from', shown(kind, group, from))),
      ...(to === undefined ? {} : optional('to', shown(kind, group, to))),
      selectable: blocked === undefined,
      preselected: blocked === undefined && left === undefined && group === 'image' && change === 'changed',
      ...optional('note', note),
    })
  }

  const walk = (shape: Shape, steps: readonly Step[], to: Json | undefined, from: Json | undefined): void => {
    if (canonicalize(to) === canonicalize(from)) return
    const both = shape !== 'value' && (isObject(to) || to === undefined) && (isObject(from) || from === undefined)
    // A map entry that one side lacks is one difference; a struct or map that one side lacks is its entries.
    const lastIsKey = steps.length > 0 && 'key' in (steps.at(-1) ?? { field: '' })
    if (!both || (lastIsKey && (to === undefined || from === undefined))) {
      report(steps, from, to)
      return
    }
    const [left, right] = [(to ?? {}) as JsonObject, (from ?? {}) as JsonObject]
    for (const name of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort()) {
      if (steps.length === 0 && name === 'kind') continue
      const step: Step = 'entries' in shape ? { key: name } : { field: name }
      const inner = 'entries' in shape ? shape.entries : (shape.fields[name] ?? 'value')
      walk(inner, [...steps, step], left[name], right[name])
    }
  }

  walk(root, [], source, target)
  const order: DifferenceGroup[] = [
    'image',
    'config-key',
    'secret-key',
    'env',
    'template',
    'spec',
    'replicas',
    'resources',
    'scheduling',
    'labels',
    'annotations',
  ]
  if (!isWorkloadKind(kind)) return found
  return found.sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group))
}

const optional = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: string }
