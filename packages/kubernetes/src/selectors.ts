import { isObject, objectsIn, valueAt } from './kubernetes-object.ts'

type Labels = Readonly<Record<string, string>>

const textsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []
const labelsIn = (value: unknown): [string, string][] =>
  isObject(value) ? Object.entries(value).map(([key, each]) => [key, String(each)]) : []

/** A label selector (meta/v1 LabelSelector) as lists take it: `app=cart,tier in (a,b)`; undefined when it selects nothing. */
export const labelSelectorText = (selector: unknown): string | undefined => {
  if (!isObject(selector)) return undefined
  const parts = labelsIn(selector['matchLabels']).map(([key, value]) => `${key}=${value}`)
  for (const { key, operator, values } of objectsIn(selector['matchExpressions'])) {
    const list = `(${textsIn(values).join(',')})`
    if (operator === 'In') parts.push(`${String(key)} in ${list}`)
    else if (operator === 'NotIn') parts.push(`${String(key)} notin ${list}`)
    else if (operator === 'Exists') parts.push(String(key))
    else if (operator === 'DoesNotExist') parts.push(`!${String(key)}`)
  }
  return parts.length === 0 ? undefined : parts.join(',')
}

/** Whether a label selector selects these labels. An empty one selects everything, as in policy/v1; an absent one nothing. */
export const selectorSelects = (selector: unknown, labels: Labels): boolean => {
  if (!isObject(selector)) return false
  if (!labelsIn(selector['matchLabels']).every(([key, value]) => labels[key] === value)) return false
  return objectsIn(selector['matchExpressions']).every(({ key, operator, values }) => {
    const value = labels[String(key)]
    if (operator === 'Exists') return value !== undefined
    if (operator === 'DoesNotExist') return value === undefined
    const isAmong = value !== undefined && textsIn(values).includes(value)
    return operator === 'In' ? isAmong : !isAmong
  })
}

/** Whether a Service selects pods with these labels: one without a selector selects none. */
export const serviceSelects = (service: unknown, labels: Labels): boolean => {
  const wanted = labelsIn(valueAt(service, 'spec', 'selector'))
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
}
