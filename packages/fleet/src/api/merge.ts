import { clone, isTree, mergeKeys, type Tree } from './kube-object.ts'

/** JSON merge patch (RFC 7396). */
export const jsonMerge = (target: unknown, patch: unknown): unknown => {
  if (!isTree(patch)) return clone(patch)
  const result: Tree = isTree(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = jsonMerge(result[key], value)
  }
  return result
}

const mergeList = (target: unknown, patch: readonly unknown[], mergeKey: string): unknown[] => {
  const replace = patch.some((each) => isTree(each) && each['$patch'] === 'replace')
  const result: unknown[] = replace || !Array.isArray(target) ? [] : [...target]
  for (const each of patch) {
    if (!isTree(each) || each['$patch'] === 'replace') continue
    const { $patch, ...element } = each
    const index = result.findIndex((old) => isTree(old) && old[mergeKey] === element[mergeKey])
    if ($patch === 'delete') {
      if (index >= 0) result.splice(index, 1)
    } else if (index < 0) result.push(strategicMerge({}, element))
    else result[index] = strategicMerge(result[index], element)
  }
  return result
}

/** Strategic merge patch of built-in kinds: lists with a merge key are merged by it, others replaced. (apimachinery `strategicpatch`.) */
export const strategicMerge = (target: unknown, patch: unknown): unknown => {
  if (!isTree(patch)) return clone(patch)
  const result: Tree = patch['$patch'] === 'replace' || !isTree(target) ? {} : { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith('$setElementOrder/')) continue
    const mergeKey = mergeKeys[key]
    if (value === null) delete result[key]
    else if (Array.isArray(value) && mergeKey !== undefined && value.every(isTree))
      result[key] = mergeList(result[key], value, mergeKey)
    else result[key] = isTree(value) ? strategicMerge(result[key], value) : clone(value)
  }
  return result
}

interface Operation {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}
const pointer = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** JSON patch (RFC 6902): add, replace, remove, test. @throws Error naming the operation that does not apply */
export const jsonPatch = (target: unknown, operations: readonly Operation[]): unknown => {
  const result = clone(target)
  for (const { op, path, value } of operations) {
    const keys = pointer(path)
    const last = keys.pop() ?? ''
    const parent = keys.reduce<unknown>(
      (inner, key) => (isTree(inner) ? inner[key] : Array.isArray(inner) ? inner[Number(key)] : undefined),
      result,
    )
    if (!isTree(parent) && !Array.isArray(parent)) throw new Error(`${op} ${path}: no such place`)
    const holder = parent as Tree
    if (op === 'test') {
      if (JSON.stringify(holder[last]) !== JSON.stringify(value)) throw new Error(`test ${path}: not equal`)
    } else if (op === 'remove') {
      if (Array.isArray(parent)) parent.splice(Number(last), 1)
      else delete holder[last]
    } else if (Array.isArray(parent) && op === 'add')
      parent.splice(last === '-' ? parent.length : Number(last), 0, clone(value))
    else holder[last] = clone(value)
  }
  return result
}
