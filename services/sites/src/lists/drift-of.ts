import type { Drift } from '@rancher-hub/contracts'
import { sameImage } from '@rancher-hub/kubernetes'
import type { ListedObject } from './list-row.ts'

const sameImages = (a: ListedObject['images'], b: ListedObject['images']): boolean => {
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [left, right] = [a[name] ?? '', b[name]]
      return left === right || (right !== undefined && sameImage(left, right))
    })
  )
}

/**
 * How an object differs from the one of the same kind and name in the neighbour.
 * `isAbsent`: whether it is known that the neighbour has none.
 */
export const driftOf = (
  object: ListedObject,
  other: ListedObject | undefined,
  isAbsent: () => boolean,
): Exclude<Drift, 'not-compared'> => {
  if (other === undefined) return isAbsent() ? 'only-here' : 'unknown'
  if (object.digest === other.digest) return 'same'
  return sameImages(object.images, other.images) ? 'differs' : 'images-differ'
}
