import { type KubeObject, valueAt } from './kube-object.ts'

const parse = (text: string): { key: string; operator: string; values: string[] }[] =>
  text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const set = /^(\S+)\s+(in|notin)\s+\((.*)\)$/.exec(part)
      if (set !== null)
        return {
          key: set[1] ?? '',
          operator: set[2] ?? '',
          values: (set[3] ?? '').split(',').map((each) => each.trim()),
        }
      const equal = /^([^=!]+?)\s*(==?|!=)\s*(.*)$/.exec(part)
      if (equal !== null)
        return { key: equal[1] ?? '', operator: equal[2] === '!=' ? 'notin' : 'in', values: [equal[3] ?? ''] }
      return part.startsWith('!')
        ? { key: part.slice(1), operator: 'absent', values: [] }
        : { key: part, operator: 'present', values: [] }
    })

const meets = (value: string | undefined, operator: string, values: readonly string[]): boolean => {
  if (operator === 'present') return value !== undefined
  if (operator === 'absent') return value === undefined
  return operator === 'in'
    ? value !== undefined && values.includes(value)
    : value === undefined || !values.includes(value)
}

/** Whether an object meets `labelSelector` and `fieldSelector`. */
export const selects = (object: KubeObject, labelSelector: string | null, fieldSelector: string | null): boolean =>
  parse(labelSelector ?? '').every(({ key, operator, values }) =>
    meets(object.metadata.labels?.[key], operator, values),
  ) &&
  parse(fieldSelector ?? '').every(({ key, operator, values }) => {
    const value = valueAt(object, ...key.split('.'))
    return meets(value === undefined ? '' : String(value), operator, values)
  })
