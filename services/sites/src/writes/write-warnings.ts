import type { ObjectRef, Warning } from '@rancher-hub/contracts'
import {
  type ConfigReference,
  configReferences,
  isConfigKind,
  isWorkloadKind,
  type KubernetesObject,
  labelsMatch,
  ownedBy,
  parseLabelSelector,
  referencesTo,
  valueAt,
} from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import type { OtherConfig } from '../inventory/read-references.ts'
import type { PlannedWrite } from './plan-write.ts'

type Warnings = z.output<typeof Warning>[]

/** Pods that a changed template replaces. */
const restarts = (target: KubernetesObject): string => {
  const count = valueAt(
    target,
    target.kind === 'DaemonSet' ? 'status' : 'spec',
    target.kind === 'DaemonSet' ? 'desiredNumberScheduled' : 'replicas',
  )
  return typeof count === 'number' ? `${count} ${count === 1 ? 'pod' : 'pods'}` : 'its pods'
}

const ofWorkload = (
  target: KubernetesObject | undefined,
  after: KubernetesObject,
  write: PlannedWrite,
  autoscaled: boolean,
): Warnings => {
  const found: Warnings = []
  const templateChanges = write.paths.some((path) => /^(containers|initContainers|pod|template)\b/.test(path))
  if (target !== undefined && templateChanges && target.kind !== 'CronJob') {
    found.push({ code: 'restart', message: `Replaces ${restarts(target)} of ${target.metadata.name}` })
  }
  if (valueAt(after, 'spec', 'paused') === true)
    found.push({ code: 'paused', message: 'The Deployment is paused: nothing rolls out until it is resumed' })
  if (valueAt(after, 'spec', 'suspend') === true)
    found.push({ code: 'suspended', message: 'The CronJob is suspended: no job starts until it is resumed' })
  if (autoscaled && write.paths.includes('replicas'))
    found.push({
      code: 'autoscaled',
      message: 'An autoscaler owns the replicas of the target and will change them back',
    })
  return found
}

/** Why a reference of a workload would not be found in the target, if so. */
const missingReference = (
  reference: ConfigReference,
  inventory: InstanceInventory,
  others: OtherConfig,
): string | undefined => {
  const name = `${reference.kind} ${reference.name}`
  const other = others.get(`${reference.kind}/${reference.name}`)
  const there = other === undefined ? inventory.exists(reference) : other !== 'missing'
  if (there === 'unknown' || other === 'unknown') return undefined
  if (!there) return `${name} is not in the target, but ${reference.via} needs it`
  const keys = Array.isArray(other) ? other : Object.keys(inventory.get(reference)?.keys ?? {})
  const isKnown = Array.isArray(other) || inventory.get(reference) !== undefined
  const missing = isKnown ? (reference.keys ?? []).filter((key) => !keys.includes(key)) : []
  return missing.length === 0
    ? undefined
    : `${name} of the target has no key ${missing.join(', ')}, but ${reference.via} needs it`
}

const ofReferences = (after: KubernetesObject, inventory: InstanceInventory, others: OtherConfig): Warnings => {
  const missing = configReferences(after)
    .filter(({ optional }) => !optional)
    .flatMap((reference) => missingReference(reference, inventory, others) ?? [])
  return [...new Set(missing)]
    .slice(0, 20)
    .map((message) => ({ code: 'missing-reference', message: `${message}: pods will not start` }))
}

/** Keys of a config object that a write touches; undefined: all. */
const keysOf = (write: PlannedWrite): string[] | undefined => {
  const keys = write.paths.flatMap(
    (path) => /^(?:data|binaryData)\[(.+)\]$/.exec(path)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? [],
  )
  return keys.length === 0 ? undefined : keys
}

const ofReaders = (ref: ObjectRef, write: PlannedWrite, inventory: InstanceInventory): Warnings => {
  if (write.action === 'create') return []
  const keys = keysOf(write)
  const readers = inventory.objects().filter((object) => referencesTo(object.references, ref, keys).length > 0)
  if (readers.length === 0) return []
  const names = readers.slice(0, 10).map(({ kind, name }) => `${kind} ${name}`)
  const more = readers.length > 10 ? ` and ${readers.length - 10} more` : ''
  return [
    {
      code: 'readers-keep-old-value',
      message: `Read by ${names.join(', ')}${more}, which keep the old value until they are restarted`,
    },
  ]
}

/** Whether the written object would still, or at all, belong to the instance it is written to. */
const ofSelector = (after: KubernetesObject, selector: string | undefined): Warnings =>
  selector === undefined || labelsMatch(parseLabelSelector(selector), after.metadata.labels ?? {})
    ? []
    : [
        {
          code: 'outside-instance',
          message: `It will not belong to this instance: its labels do not match ${selector}. It will be in the namespace, and comparisons of this instance will not show it`,
        },
      ]

export interface WarningFacts {
  readonly ref: ObjectRef
  readonly target: KubernetesObject | undefined
  /** The object as the dry run answered it. */
  readonly after: KubernetesObject
  readonly write: PlannedWrite
  readonly autoscaled: boolean
  /** What the API server itself warned of. */
  readonly serverWarnings: readonly string[]
  readonly inventory: InstanceInventory
  /** Label selector of the target instance; absent: everything in the namespace belongs to it. */
  readonly selector: string | undefined
  /** What was read beside the inventory. */
  readonly others: OtherConfig
}

/** What a person should know before saying yes. */
export const warningsOf = (facts: WarningFacts): Warnings => {
  const { ref, target, after, write, inventory } = facts
  const owner = target === undefined ? undefined : ownedBy(target)
  // Words about a Secret may quote its values.
  const server = ref.kind === 'Secret' ? [] : facts.serverWarnings
  return [
    ...(owner === undefined
      ? []
      : [{ code: 'managed-by', message: `${owner} owns this object and may undo the change` }]),
    ...ofSelector(after, facts.selector),
    ...write.leftOut.slice(0, 20).map((message) => ({ code: 'ignored-by-rule', message: `Left out: ${message}` })),
    ...(isWorkloadKind(ref.kind)
      ? [...ofWorkload(target, after, write, facts.autoscaled), ...ofReferences(after, inventory, facts.others)]
      : []),
    ...(isConfigKind(ref.kind) ? ofReaders(ref, write, inventory) : []),
    ...server.map((message) => ({ code: 'api-server', message: message.slice(0, 1000) })),
  ]
}
