import type { Conflict } from '@rancher-hub/contracts'
import {
  compareObjects,
  FIELD_MANAGER,
  type KubernetesObject,
  lastChange,
  type Normalized,
} from '@rancher-hub/kubernetes'

type Code = Conflict['code']

const MAX_FIELDS = 50

const sentences: Readonly<Record<Code, (what: string) => string>> = {
  'target-changed': (what) => `${what} in the target was changed after the plan was made`,
  'target-recreated': (what) => `${what} in the target was deleted and made again after the plan was made`,
  'target-missing': (what) => `${what} is not in the target any more`,
  'target-exists': (what) => `${what} is in the target already; it was to be created`,
  'source-changed': (what) => `${what} in the source was changed after the plan was made`,
  'source-missing': (what) => `${what} is not in the source any more`,
}

const isoTime = (time: string | undefined): string | undefined => {
  const parsed = Date.parse(time ?? '')
  return Number.isNaN(parsed) ? undefined : new Date(parsed).toISOString()
}

/**
 * Says what stands in the way: fields, and who changed them when, as `managedFields` of `object` tell. `fields` are the
 * places known to differ; empty: not known.
 */
export const describeConflict = (
  code: Code,
  what: string,
  object: KubernetesObject | undefined,
  fields: readonly string[] = [],
): Conflict => {
  const last = object === undefined ? undefined : lastChange(object, fields)
  const named = fields.slice(0, MAX_FIELDS)
  const where =
    named.length === 0
      ? ''
      : `: ${named.slice(0, 5).join(', ')}${fields.length > 5 ? ` and ${fields.length - 5} more` : ''}`
  const time = isoTime(last?.time)
  const who = last === undefined ? '' : `, last written by ${last.manager}${time === undefined ? '' : ` at ${time}`}`
  return {
    code,
    message: `${sentences[code](what)}${where}${who}. Compare again and make a new plan.`,
    fields: named,
    ...(last === undefined ? {} : { manager: last.manager }),
    ...(time === undefined ? {} : { time }),
  }
}

/** Places where an object differs from what it was; none when it is not known what it was. */
export const changedFields = (now: Normalized, before: Normalized | undefined): string[] =>
  before === undefined ? [] : compareObjects(now, before).map(({ path }) => path)

/** When the hub last wrote this object, as its API server recorded it; empty when never. */
export const hubWroteAt = (object: KubernetesObject): string =>
  (object.metadata.managedFields ?? [])
    .filter((entry) => entry.manager === FIELD_MANAGER)
    .map((entry) => entry.time ?? 'at an unknown time')
    .sort()
    .at(-1) ?? ''
