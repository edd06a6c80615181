import { PathNotValidError, parsePath, type Step } from './field-path.ts'
import { isObject, objectsIn } from './kubernetes-object.ts'
import { containerLists, elementKey, podLists, templatePath } from './workload-layout.ts'

/** One step into a raw object: a field, or the element of a keyed list. */
export type RawStep =
  | { readonly field: string }
  | { readonly list: string; readonly mergeKey: string; readonly key: string }

const fieldsOf = (steps: readonly Step[]): RawStep[] =>
  steps.map((step) => ({ field: 'field' in step ? step.field : step.key }))

/** Steps below a container or pod spec: lists become keyed, the rest stays. */
const inside = (
  steps: readonly Step[],
  lists: Readonly<Record<string, string>>,
  next?: Readonly<Record<string, string>>,
): RawStep[] => {
  const [first, second, ...rest] = steps
  if (first === undefined || !('field' in first)) return fieldsOf(steps)
  const mergeKey = lists[first.field]
  if (mergeKey === undefined || second === undefined || !('key' in second)) return fieldsOf(steps)
  const element: RawStep = { list: first.field, mergeKey, key: second.key }
  return [element, ...(next === undefined ? fieldsOf(rest) : inside(rest, next))]
}

const fields = (names: readonly string[]): RawStep[] => names.map((field) => ({ field }))

/** Where a field path of a comparison is in a raw object of this kind. @throws PathNotValidError */
export const locate = (kind: string, path: string): RawStep[] => {
  const steps = parsePath(path)
  const [first, ...rest] = steps
  if (first === undefined || !('field' in first)) throw new PathNotValidError(path)
  const metadata = first.field === 'labels' || first.field === 'annotations'
  if (metadata) return [...fields(['metadata', first.field]), ...fieldsOf(rest)]
  if (kind === 'ConfigMap' || kind === 'Secret') return fieldsOf(steps)
  const template = templatePath(kind)
  if (first.field === 'containers' || first.field === 'initContainers')
    return [...fields([...template, 'spec']), ...inside(steps, podLists, containerLists)]
  if (first.field === 'pod') return [...fields([...template, 'spec']), ...inside(rest, podLists)]
  if (first.field === 'template') return [...fields([...template, 'metadata']), ...fieldsOf(rest)]
  if (first.field === 'job') return [...fields(['spec', 'jobTemplate', 'spec']), ...fieldsOf(rest)]
  return [...fields(['spec']), ...fieldsOf(steps)]
}

/** Raw value at a location; undefined where it does not exist. */
export const readAt = (object: unknown, steps: readonly RawStep[]): unknown =>
  steps.reduce<unknown>((inner, step) => {
    if (!isObject(inner)) return undefined
    if ('field' in step) return inner[step.field]
    return objectsIn(inner[step.list]).find((element) => elementKey(step.list, element) === step.key)
  }, object)
