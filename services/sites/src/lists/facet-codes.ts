/** The values of rows' facets as small numbers, side by side: counting them is adding to arrays. */
export interface FacetCodes<R, F extends string> {
  set(slot: number, row: R): void
  /** For each facet the numbers that may be; undefined: any. */
  allowed(chosen: Partial<Readonly<Record<F, ReadonlySet<string>>>>): readonly (Uint8Array | undefined)[]
  /** Index of the only facet that leaves a row out; -1: none does; -2: several do. */
  leftOutBy(slot: number, allowed: readonly (Uint8Array | undefined)[]): number
  /** Counts a row in one facet, or in all (-1). */
  count(slot: number, facet: number, counts: readonly Uint32Array[]): void
  newCounts(): readonly Uint32Array[]
  /** Counts by value; '' is not counted. */
  named(counts: readonly Uint32Array[]): Readonly<Record<F, ReadonlyMap<string, number>>>
}

/** Values are few and stay: names of kinds, ids of instances. Their numbers are their places in the list. */
interface Dictionary {
  readonly values: string[]
  readonly codes: Map<string, number>
}

const codeOf = ({ values, codes }: Dictionary, value: string): number => {
  const known = codes.get(value)
  if (known !== undefined) return known
  codes.set(value, values.length)
  return values.push(value) - 1
}

const namedCounts = ({ values }: Dictionary, counts: Uint32Array): Map<string, number> => {
  const named = new Map<string, number>()
  for (const [code, count] of counts.entries()) {
    const value = values[code] ?? ''
    if (count > 0 && value !== '') named.set(value, count)
  }
  return named
}

const grown = (before: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> => {
  const after = new Uint32Array(Math.max(length, before.length * 2))
  after.set(before)
  return after
}

export const createFacetCodes = <R, F extends string>(
  facets: Readonly<Record<F, (row: R) => string>>,
): FacetCodes<R, F> => {
  const names = Object.keys(facets) as F[]
  const read = names.map((name) => facets[name])
  const dictionaries = names.map((): Dictionary => ({ values: [''], codes: new Map([['', 0]]) }))
  const width = names.length
  /** The numbers of one row lie beside each other. */
  let codes = new Uint32Array(width * 1024)

  const allowedIn = ({ values }: Dictionary, chosen: ReadonlySet<string> | undefined): Uint8Array | undefined =>
    chosen && Uint8Array.from(values, (value) => (chosen.has(value) ? 1 : 0))
  const countOne = (at: number, facet: number, counts: readonly Uint32Array[]): void => {
    const numbers = counts[facet] as Uint32Array
    const code = codes[at + facet] as number
    numbers[code] = (numbers[code] as number) + 1
  }

  return {
    set: (slot, row) => {
      const at = slot * width
      if (at + width > codes.length) codes = grown(codes, at + width)
      for (let facet = 0; facet < width; facet += 1)
        codes[at + facet] = codeOf(dictionaries[facet] as Dictionary, read[facet]?.(row) ?? '')
    },
    allowed: (chosen) => names.map((name, at) => allowedIn(dictionaries[at] as Dictionary, chosen[name])),
    leftOutBy: (slot, allowed) => {
      const at = slot * width
      let by = -1
      for (let facet = 0; facet < width; facet += 1) {
        const choice = allowed[facet]
        if (choice === undefined || choice[codes[at + facet] as number] === 1) continue
        if (by !== -1) return -2
        by = facet
      }
      return by
    },
    count: (slot, facet, counts) => {
      const at = slot * width
      if (facet >= 0) countOne(at, facet, counts)
      else for (let each = 0; each < width; each += 1) countOne(at, each, counts)
    },
    newCounts: () => dictionaries.map(({ values }) => new Uint32Array(values.length)),
    named: (counts) =>
      Object.fromEntries(
        names.map((name, at) => [name, namedCounts(dictionaries[at] as Dictionary, counts[at] as Uint32Array)]),
      ) as Record<F, Map<string, number>>,
  }
}
