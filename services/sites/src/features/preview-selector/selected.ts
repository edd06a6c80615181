import { type Kind, PREVIEW_NAMES } from '@rancher-hub/contracts'
import { type LabelSelector, labelsMatch } from '@rancher-hub/kubernetes'

/** What is known of an object of a namespace here. */
export interface LabelledObject {
  readonly kind: Kind
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}
/** An instance of the same namespace and environment. */
export interface Neighbour {
  readonly id: string
  readonly name: string
  readonly selector: LabelSelector
}

/** How many, and the first few in words. */
export const some = (objects: readonly LabelledObject[]): { count: number; names: string[] } => ({
  count: objects.length,
  names: objects.slice(0, PREVIEW_NAMES).map(({ kind, name }) => `${kind} ${name}`),
})

/** Sorts the objects of a namespace by whom they belong to. An empty selector selects everything. */
export const whoSelects = (
  objects: readonly LabelledObject[],
  selector: LabelSelector,
  neighbours: readonly Neighbour[],
) => {
  const selected = objects.filter(({ labels }) => labelsMatch(selector, labels))
  const isOthers = ({ labels }: LabelledObject): boolean =>
    neighbours.some((neighbour) => labelsMatch(neighbour.selector, labels))
  return {
    selected,
    unbound: objects.filter((object) => !labelsMatch(selector, object.labels) && !isOthers(object)),
    twice: neighbours.flatMap(({ id, name, selector: others }) => {
      const both = selected.filter(({ labels }) => labelsMatch(others, labels))
      return both.length === 0 ? [] : [{ instance: { id, name }, ...some(both) }]
    }),
  }
}
