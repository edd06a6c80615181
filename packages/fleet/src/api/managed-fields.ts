import { childAt, isTree, type KubeObject, type ManagedEntry, mergeKeys, type Tree } from './kube-object.ts'

type Leaf = readonly string[]
const unowned = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
])

/** Leaves of an object as FieldsV1 paths with their values. Lists without merge key are leaves. */
const leavesOf = (object: Tree, into = new Map<string, string>(), path: Leaf = []): Map<string, string> => {
  for (const [key, value] of Object.entries(object)) {
    if (path.length === 0 && (key === 'apiVersion' || key === 'kind')) continue
    if (path.length === 1 && path[0] === 'f:metadata' && unowned.has(key)) continue
    const here = [...path, `f:${key}`]
    const mergeKey = mergeKeys[key]
    if (isTree(value) && Object.keys(value).length > 0) leavesOf(value, into, here)
    else if (Array.isArray(value) && mergeKey !== undefined && value.every(isTree)) {
      for (const element of value) {
        const named =
          key === 'ports'
            ? { containerPort: element['containerPort'], protocol: element['protocol'] ?? 'TCP' }
            : { [mergeKey]: element[mergeKey] }
        leavesOf(element, into, [...here, `k:${JSON.stringify(named)}`])
      }
    } else into.set(JSON.stringify(here), JSON.stringify(value))
  }
  return into
}

const treeOf = (leaves: Iterable<string>): Tree => {
  const tree: Tree = {}
  for (const leaf of leaves) {
    let inner = tree
    for (const key of JSON.parse(leaf) as string[]) inner = childAt(inner, key)
  }
  return tree
}
const ownedLeaves = (tree: Tree, path: Leaf = [], into = new Set<string>()): Set<string> => {
  for (const [key, value] of Object.entries(tree)) {
    const here = [...path, key]
    if (isTree(value) && Object.keys(value).length > 0) ownedLeaves(value, here, into)
    else into.add(JSON.stringify(here))
  }
  return into
}

/** Who owns which field after a write: the writer takes what it changed, from whoever had it. (structured-merge-diff, reduced to Update.) */
export const manageFields = (
  before: KubeObject | undefined,
  after: KubeObject,
  writer: { readonly manager: string; readonly subresource?: string | undefined; readonly time: string },
): ManagedEntry[] => {
  const old = before === undefined ? new Map<string, string>() : leavesOf(before)
  const now = leavesOf(after)
  const changed = [...now].filter(([leaf, value]) => old.get(leaf) !== value).map(([leaf]) => leaf)
  const isOwn = (entry: ManagedEntry): boolean =>
    entry.manager === writer.manager && entry.subresource === writer.subresource
  const entries = (before?.metadata.managedFields ?? []).flatMap((entry): ManagedEntry[] => {
    const owned = [...ownedLeaves(entry.fieldsV1)].filter(
      (leaf) => now.has(leaf) && (isOwn(entry) || !changed.includes(leaf)),
    )
    return owned.length === 0 ? [] : [{ ...entry, fieldsV1: treeOf(owned) }]
  })
  if (changed.length === 0) return entries
  const own = entries.find(isOwn)
  const leaves = new Set([...(own === undefined ? [] : ownedLeaves(own.fieldsV1)), ...changed])
  const entry: ManagedEntry = {
    manager: writer.manager,
    operation: 'Update',
    apiVersion: after.apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    fieldsV1: treeOf(leaves),
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  }
  return [...entries.filter((each) => !isOwn(each)), entry]
}
