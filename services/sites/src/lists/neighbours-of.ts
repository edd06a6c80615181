import type { AppInstance } from '@rancher-hub/contracts'

/** An instance's name without that of its environment, signs and case: «Shop (staging)» is `shop`. */
const stemOf = ({ name, environment }: AppInstance): string =>
  name
    .toLowerCase()
    .replace(environment.name.toLowerCase(), ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** The instance of an earlier environment that is the same application, as far as names tell. */
const counterpart = (
  instance: AppInstance,
  earlier: readonly AppInstance[],
  isAlone: boolean,
): AppInstance | undefined => {
  const inNamespace = earlier.filter(({ namespace }) => namespace === instance.namespace)
  const stem = stemOf(instance)
  const called = (among: readonly AppInstance[]): AppInstance | undefined => among.find((each) => stemOf(each) === stem)
  return (
    called(inNamespace) ??
    inNamespace[0] ??
    called(earlier) ??
    (isAlone && earlier.length === 1 ? earlier[0] : undefined)
  )
}

/**
 * What each instance is compared with in lists, by id: its counterpart in the nearest earlier environment that has one.
 * Those of the first environment have none. `instances` are in a fixed order, so that ties fall the same way each time.
 */
export const neighboursOf = (instances: readonly AppInstance[]): ReadonlyMap<string, AppInstance> => {
  const byRank = [...Map.groupBy(instances, ({ environment }) => environment.rank)].sort(([a], [b]) => b - a)
  const neighbours = new Map<string, AppInstance>()
  for (const [index, [, here]] of byRank.entries()) {
    for (const instance of here) {
      for (const [, earlier] of byRank.slice(index + 1)) {
        const found = counterpart(instance, earlier, here.length === 1)
        if (found === undefined) continue
        neighbours.set(instance.id, found)
        break
      }
    }
  }
  return neighbours
}
