/**
 * Compares two resourceVersions: below 0, 0, above 0; undefined when that cannot be told. Kubernetes says of its own
 * kinds that they are decimal numbers that grow with every change of the cluster (API concepts, «Resource versions»,
 * since 1.35; older servers keep to it too). Numbers of any length: they are never turned into floating point.
 */
export const compareVersions = (a: string, b: string): number | undefined => {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return undefined
  const [left, right] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')]
  if (left.length !== right.length) return left.length - right.length
  return left === right ? 0 : left < right ? -1 : 1
}

/** Whether `a` is known to be before `b`. */
export const isBefore = (a: string, b: string): boolean => (compareVersions(a, b) ?? 0) < 0

/** Whether everything up to `b` is known to be in what is known up to `a`. */
export const reaches = (a: string, b: string): boolean => (compareVersions(a, b) ?? -1) >= 0
