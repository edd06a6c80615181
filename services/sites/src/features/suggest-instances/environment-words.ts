/** A word of a name: as it stands there, and as it is compared. */
export interface Word {
  readonly raw: string
  readonly key: string
}

/** Without accents and case: «Phát triển» and `phat-trien` are the same words. */
const keyOf = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/[đĐ]/g, 'd').toLowerCase()

/** Words of a name; `shopDev`, `shop-dev`, `shop_dev` and `Shop Dev` have the same ones. */
export const wordsOf = (name: string): Word[] =>
  name
    .normalize('NFC')
    .replaceAll(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .filter((raw) => raw !== '')
    .map((raw) => ({ raw, key: keyOf(raw) }))

/** How people call the stages of an application, each with its words; the Vietnamese ones too. */
const stages: readonly (readonly string[])[] = [
  ['dev', 'develop', 'development', 'devel', 'phat trien', 'phattrien'],
  ['test', 'testing', 'tst', 'qa', 'sit', 'kiem thu', 'kiemthu'],
  ['int', 'integration', 'tich hop', 'tichhop'],
  ['staging', 'stage', 'stg', 'stag', 'thu nghiem', 'thunghiem'],
  ['uat', 'acceptance', 'acc', 'nghiem thu', 'nghiemthu'],
  ['preprod', 'preproduction', 'pre prod', 'pre production', 'ppd', 'tien san xuat'],
  ['production', 'prod', 'prd', 'live', 'san xuat', 'sanxuat', 'van hanh', 'vanhanh'],
  ['demo'],
  ['sandbox', 'sbx'],
  ['perf', 'performance', 'load'],
]

/** Words in a row, from `start` on. */
export interface Span {
  readonly start: number
  readonly length: number
}

interface Alias {
  readonly words: readonly string[]
  readonly stage: number
}
/** Aliases by their first word: most words of most names begin none. */
const aliases: ReadonlyMap<string, readonly Alias[]> = Map.groupBy(
  stages.flatMap((names, stage) => names.map((name): Alias => ({ words: name.split(' '), stage }))),
  ({ words }) => words[0] ?? '',
)

const withoutNumber = (key: string): string => key.replace(/\d+$/, '')
/** A number behind a stage belongs to it: `dev2`. */
const fits = (word: Word | undefined, wanted: string, isLast: boolean): boolean =>
  word !== undefined && (word.key === wanted || (isLast && withoutNumber(word.key) === wanted))
const startsAt = (words: readonly Word[], start: number, wanted: readonly string[]): boolean =>
  wanted.every((each, index) => fits(words[start + index], each, index === wanted.length - 1))

/** Where these words stand in a row, the last time. */
export const findWords = (words: readonly Word[], wanted: readonly string[]): Span | undefined => {
  for (let start = words.length - wanted.length; start >= 0; start -= 1)
    if (startsAt(words, start, wanted)) return { start, length: wanted.length }
  return undefined
}

/** The stage that words name, and where; the longest alias wins (`pre prod` is not `prod`), then the last one. */
export const stageIn = (words: readonly Word[]): (Span & { readonly stage: number }) | undefined => {
  let best: (Span & { readonly stage: number }) | undefined
  for (const [start, { key }] of words.entries())
    for (const alias of aliases.get(key) ?? aliases.get(withoutNumber(key)) ?? []) {
      const { length } = alias.words
      if (length >= (best?.length ?? 0) && startsAt(words, start, alias.words))
        best = { start, length, stage: alias.stage }
    }
  return best
}

export const textOf = (words: readonly Word[], { start, length }: Span): string =>
  words
    .slice(start, start + length)
    .map(({ raw }) => raw)
    .join(' ')
/** The words that are left, without those of a span. */
export const withoutSpan = (words: readonly Word[], { start, length }: Span): Word[] => [
  ...words.slice(0, start),
  ...words.slice(start + length),
]
