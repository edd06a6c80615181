/** Values by key, each at a place: who wants those of one place does not look through all. */
export interface Placed<T> {
  /** Puts a value at a place, or moves it there. Returns the place where the value with this key was before. */
  put(key: string, place: string, value: T): string | undefined
  /** Returns the place where it was. */
  remove(key: string): string | undefined
  /** Moves what `which` chooses of one place to another. */
  move(from: string, to: string, which: (value: T) => boolean): void
  get(key: string): T | undefined
  at(place: string): T[]
  keys(): Iterable<string>
  clear(): void
}

interface Entry<T> {
  place: string
  value: T
}

/** Makes an index: a change costs what its place holds, whatever else there is. */
export const createPlaced = <T>(): Placed<T> => {
  const entries = new Map<string, Entry<T>>()
  const places = new Map<string, Entry<T>[]>()

  const leave = (entry: Entry<T>): void => {
    const left = (places.get(entry.place) ?? []).filter((each) => each !== entry)
    if (left.length === 0) places.delete(entry.place)
    else places.set(entry.place, left)
  }
  const enter = (entry: Entry<T>): void => {
    const there = places.get(entry.place)
    if (there === undefined) places.set(entry.place, [entry])
    else there.push(entry)
  }

  return {
    put: (key, place, value) => {
      const entry = entries.get(key)
      if (entry === undefined) {
        const made = { place, value }
        entries.set(key, made)
        enter(made)
        return undefined
      }
      const before = entry.place
      entry.value = value
      if (before !== place) {
        leave(entry)
        entry.place = place
        enter(entry)
      }
      return before
    },
    remove: (key) => {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      leave(entry)
      return entry.place
    },
    move: (from, to, which) => {
      for (const entry of (places.get(from) ?? []).filter(({ value }) => which(value))) {
        leave(entry)
        entry.place = to
        enter(entry)
      }
    },
    get: (key) => entries.get(key)?.value,
    at: (place) => (places.get(place) ?? []).map(({ value }) => value),
    keys: () => entries.keys(),
    clear: () => {
      entries.clear()
      places.clear()
    },
  }
}
