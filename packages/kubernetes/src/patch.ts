import { isObject, isWorkloadKind, type JsonObject, type KubernetesObject, objectsIn } from './kubernetes-object.ts'
import { locate, type RawStep, readAt } from './location.ts'
import { containerLists, podLists } from './workload-layout.ts'

export interface Patch {
  readonly contentType: 'application/strategic-merge-patch+json' | 'application/merge-patch+json'
  readonly body: JsonObject
}

/** A ticked path is not in the source (any more): there is nothing to write. */
export class NothingAtPathError extends Error {
  override name = 'NothingAtPathError'
  readonly path: string
  constructor(path: string) {
    super(`The source has nothing at ${path}`)
    this.path = path
  }
}

type Tree = { [key: string]: unknown }

/** A merge that leaves exactly `to`: keys that only `from` has are set to null. */
const replaceBy = (to: unknown, from: unknown): unknown => {
  if (!isObject(to) || !isObject(from)) return to
  const removed = Object.keys(from).filter((key) => !(key in to))
  return Object.fromEntries([
    ...Object.entries(to).map(([key, value]) => [key, replaceBy(value, from[key])] as const),
    ...removed.map((key) => [key, null] as const),
  ])
}

const mergeKeyValue = (step: Extract<RawStep, { list: string }>): JsonObject => {
  if (step.list !== 'ports') return { [step.mergeKey]: step.key }
  const [port = '', protocol] = step.key.split('/', 2)
  return { containerPort: Number(port), ...(protocol === undefined ? {} : { protocol }) }
}

const childOf = (tree: Tree, key: string): Tree => {
  const child = tree[key]
  if (isObject(child)) return child as Tree
  const made: Tree = {}
  tree[key] = made
  return made
}

const elementOf = (tree: Tree, step: Extract<RawStep, { list: string }>): Tree => {
  const list = Array.isArray(tree[step.list]) ? (tree[step.list] as Tree[]) : []
  tree[step.list] = list
  const key = mergeKeyValue(step)
  const found = list.find((element) => Object.entries(key).every(([name, value]) => element[name] === value))
  if (found !== undefined) return found
  const made: Tree = { ...key }
  list.push(made)
  return made
}

const place = (tree: Tree, steps: readonly RawStep[], value: unknown): void => {
  const [step, ...rest] = steps
  if (step === undefined) return
  if (rest.length === 0) {
    if ('field' in step) tree[step.field] = value
    else Object.assign(elementOf(tree, step), value)
  } else place('field' in step ? childOf(tree, step.field) : elementOf(tree, step), rest, value)
}

const mergeKeyOf = (list: string): string | undefined => podLists[list] ?? containerLists[list]

/**
 * Where the patch adds to a keyed list, says that the new elements come last: an API server puts them first otherwise,
 * and variables that refer to earlier ones would break. (apimachinery `strategicpatch`, `$setElementOrder`.)
 */
const keepOrder = (patch: Tree, target: unknown): void => {
  for (const [name, value] of Object.entries(patch)) {
    const inTarget = isObject(target) ? target[name] : undefined
    if (isObject(value)) keepOrder(value as Tree, inTarget)
    const mergeKey = mergeKeyOf(name)
    if (!Array.isArray(value) || mergeKey === undefined) continue
    const before = objectsIn(inTarget)
    const elements = objectsIn(value)
    for (const element of elements)
      keepOrder(
        element as Tree,
        before.find((each) => each[mergeKey] === element[mergeKey]),
      )
    const added = elements.filter((element) => !before.some((each) => each[mergeKey] === element[mergeKey]))
    if (added.length === 0 || before.length === 0) continue
    const order = [...before, ...added].map((each) => each[mergeKey])
    patch[`$setElementOrder/${name}`] = order.map((key) => ({ [mergeKey]: key }))
    // API servers refuse elements that come in another order than they were told.
    patch[name] = elements.toSorted((a, b) => order.indexOf(a[mergeKey]) - order.indexOf(b[mergeKey]))
  }
}

/**
 * The patch that makes the target equal to the source at the ticked paths and nowhere else: strategic merge for
 * workloads, JSON merge for ConfigMaps and Secrets. Deterministic for the same objects and paths.
 * @throws PathNotValidError | NothingAtPathError
 */
export const buildPatch = (source: KubernetesObject, target: KubernetesObject, paths: readonly string[]): Patch => {
  const body: Tree = {}
  for (const path of [...new Set(paths)].sort()) {
    const steps = locate(source.kind, path)
    const to = readAt(source, steps)
    if (to === undefined) throw new NothingAtPathError(path)
    place(body, steps, replaceBy(to, readAt(target, steps)))
  }
  if (isWorkloadKind(source.kind)) keepOrder(body, target)
  const contentType = isWorkloadKind(source.kind)
    ? 'application/strategic-merge-patch+json'
    : 'application/merge-patch+json'
  return { contentType, body: body as JsonObject }
}

/** Adds what makes the API server refuse the write when the object is another one, or has moved on. */
export const withPreconditions = (
  body: JsonObject,
  { uid, resourceVersion }: { readonly uid: string; readonly resourceVersion: string },
): JsonObject => {
  const metadata = isObject(body['metadata']) ? (body['metadata'] as JsonObject) : {}
  return { ...body, metadata: { ...metadata, uid, resourceVersion } }
}

/** The same patch or object with the values of a Secret hidden, to be shown and stored. */
export const redactSecret = (body: JsonObject): JsonObject => {
  const hide = (value: unknown): JsonObject =>
    Object.fromEntries(Object.keys(isObject(value) ? value : {}).map((key) => [key, '***']))
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, key === 'data' || key === 'stringData' ? hide(value) : value]),
  )
}
