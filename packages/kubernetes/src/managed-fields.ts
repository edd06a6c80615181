import { isObject, type KubernetesObject, type ManagedFieldsEntry } from './kubernetes-object.ts'
import { locate, type RawStep } from './location.ts'

/** Who changed an object last. */
export interface LastChange {
  readonly manager: string
  readonly operation: string
  readonly time?: string | undefined
  /** Those of the asked paths that this manager owns. */
  readonly paths: readonly string[]
}

/** Our name in `managedFields`. */
export const FIELD_MANAGER = 'rancher-hub'

const entryKey = (
  fields: Readonly<Record<string, unknown>>,
  step: Extract<RawStep, { list: string }>,
): string | undefined =>
  Object.keys(fields).find((key) => {
    if (!key.startsWith('k:')) return false
    const parsed: unknown = JSON.parse(key.slice(2))
    return isObject(parsed) && String(parsed[step.mergeKey]) === step.key.split('/', 1)[0]
  })

/** Whether FieldsV1 says that the entry owns this place (or something in it). */
const owns = (entry: ManagedFieldsEntry, steps: readonly RawStep[]): boolean => {
  let fields: unknown = entry.fieldsV1
  for (const step of steps) {
    if (!isObject(fields)) return false
    if ('field' in step) fields = fields[`f:${step.field}`]
    else {
      const list = fields[`f:${step.list}`]
      const key = isObject(list) ? entryKey(list, step) : undefined
      fields = isObject(list) && key !== undefined ? list[key] : undefined
    }
  }
  return fields !== undefined
}

/**
 * The latest change of an object's own fields (not its status), preferring managers that own one of the paths. Times are
 * whole seconds; of those within one the last in the list counts, as the API server writes applied ones first.
 */
export const lastChange = (object: KubernetesObject, paths: readonly string[] = []): LastChange | undefined => {
  const entries = (object.metadata.managedFields ?? []).filter(
    (entry) => entry.subresource === undefined || entry.subresource === '',
  )
  const candidates = entries.map((entry) => ({
    entry,
    owned: paths.filter((path) => owns(entry, locate(object.kind, path))),
  }))
  const owners = candidates.filter(({ owned }) => owned.length > 0)
  const last = (owners.length > 0 ? owners : candidates)
    .sort((a, b) => (a.entry.time ?? '').localeCompare(b.entry.time ?? ''))
    .at(-1)
  if (last === undefined) return undefined
  return {
    manager: last.entry.manager ?? 'unknown',
    operation: last.entry.operation ?? 'Update',
    time: last.entry.time,
    paths: last.owned,
  }
}
