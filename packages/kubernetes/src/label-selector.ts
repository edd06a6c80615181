/** One condition of a selector. Values of `in` and `not-in` are sorted and each there once. */
export type LabelRequirement =
  | { readonly key: string; readonly operator: 'in' | 'not-in'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | 'not-exists' }
  | { readonly key: string; readonly operator: 'greater' | 'less'; readonly values: readonly [string] }

/** What an object must meet to be selected: every requirement. */
export type LabelSelector = readonly LabelRequirement[]

/** The text is no selector. */
export class LabelSelectorError extends Error {
  override name = 'LabelSelectorError'
  /** Where it goes wrong: characters from the beginning, 1 for the first. */
  readonly position: number
  constructor(position: number, message: string) {
    super(message)
    this.position = position
  }
}

interface Token {
  readonly text: string
  /** From 1. */
  readonly position: number
}

/** Words and signs as apimachinery's lexer cuts them; the last token is empty: the end. */
const tokensOf = (text: string): Token[] => {
  const tokens = [...text.matchAll(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g)].map(([found], index, all): Token => {
    const match = all[index]
    return { text: found, position: (match?.index ?? 0) + 1 }
  })
  return [...tokens, { text: '', position: text.trimEnd().length + 1 }]
}

const isSign = (text: string): boolean => /^(==|!=|[=!(),<>])$/.test(text)
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

/** Why a text is no label key, by the API server's rules (apimachinery `IsQualifiedName`). */
const keyProblem = (key: string): string | undefined => {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2) return `«${key}» has more than one «/»`
  if (parts.length === 2 && (!DOMAIN.test(parts[0] ?? '') || (parts[0] ?? '').length > 253))
    return `«${parts[0]}» before the «/» is no DNS name in lower case`
  if (name.length > 63) return `The name of a label has at most 63 characters, this one has ${name.length}`
  return NAME.test(name)
    ? undefined
    : `«${name}» is no name of a label: letters, digits, «-», «_» and «.», with a letter or digit at both ends`
}

const valueProblem = (value: string): string | undefined => {
  if (value.length > 63) return `The value of a label has at most 63 characters, this one has ${value.length}`
  return value === '' || NAME.test(value)
    ? undefined
    : `«${value}» is no value of a label: letters, digits, «-», «_» and «.», with a letter or digit at both ends`
}

const fail = ({ position, text: found }: Token, wanted: string): never => {
  throw new LabelSelectorError(position, `${found === '' ? 'It ends' : `There is «${found}»`} where ${wanted} belongs`)
}
const checked = (token: Token, problemOf: (value: string) => string | undefined): string => {
  const problem = problemOf(token.text)
  if (problem !== undefined) throw new LabelSelectorError(token.position, problem)
  return token.text
}

/** Reads the parts of conditions, from left to right. */
const createReader = (text: string) => {
  const tokens = tokensOf(text)
  let at = 0
  const end: Token = tokens.at(-1) ?? { text: '', position: 1 }
  const peek = (): Token => tokens[at] ?? end
  const next = (): Token => {
    const token = peek()
    at += 1
    return token
  }
  /** An empty value is one: `tier=` and `tier in (a,)`. */
  const value = (): string => {
    const token = peek()
    if (token.text === '' || token.text === ',' || token.text === ')') return ''
    return isSign(token.text) ? fail(token, 'a value') : checked(next(), valueProblem)
  }
  return {
    peek,
    next,
    value,
    key: (): string => {
      const token = next()
      return token.text === '' || isSign(token.text) ? fail(token, 'the key of a label') : checked(token, keyProblem)
    },
    number: (): string => {
      const token = next()
      return /^-?\d+$/.test(token.text) ? token.text : fail(token, 'a whole number')
    },
    values: (): string[] => {
      const open = next()
      if (open.text !== '(') return fail(open, '«(» with values')
      if (peek().text === ')') return fail(peek(), 'at least one value')
      const found = [value()]
      while (peek().text === ',') {
        next()
        found.push(value())
      }
      const close = next()
      return close.text === ')' ? [...new Set(found)].sort() : fail(close, '«,» or «)»')
    },
  }
}

const readRequirement = (reader: ReturnType<typeof createReader>): LabelRequirement => {
  if (reader.peek().text === '!') {
    reader.next()
    return { key: reader.key(), operator: 'not-exists' }
  }
  const key = reader.key()
  if (reader.peek().text === '' || reader.peek().text === ',') return { key, operator: 'exists' }
  const operator = reader.next()
  switch (operator.text) {
    case '=':
    case '==':
      return { key, operator: 'in', values: [reader.value()] }
    case '!=':
      return { key, operator: 'not-in', values: [reader.value()] }
    case 'in':
      return { key, operator: 'in', values: reader.values() }
    case 'notin':
      return { key, operator: 'not-in', values: reader.values() }
    case '>':
      return { key, operator: 'greater', values: [reader.number()] }
    case '<':
      return { key, operator: 'less', values: [reader.number()] }
    default:
      return fail(operator, '«=», «!=», «in» or «notin»')
  }
}

/**
 * Reads a label selector as lists take it (`app=cart,tier in (a,b),!debug`), by apimachinery's grammar
 * (`labels.Parse`). @throws LabelSelectorError also for an empty one
 */
export const parseLabelSelector = (text: string): LabelSelector => {
  const reader = createReader(text)
  const all = [readRequirement(reader)]
  while (reader.peek().text === ',') {
    reader.next()
    all.push(readRequirement(reader))
  }
  return reader.peek().text === '' ? all : fail(reader.peek(), '«,» and the next condition')
}

const meets = (each: LabelRequirement, value: string | undefined): boolean => {
  switch (each.operator) {
    case 'exists':
      return value !== undefined
    case 'not-exists':
      return value === undefined
    case 'in':
      return value !== undefined && each.values.includes(value)
    case 'not-in':
      return value === undefined || !each.values.includes(value)
    case 'greater':
    case 'less': {
      if (value === undefined || !/^-?\d+$/.test(value)) return false
      const [wanted] = each.values
      return each.operator === 'greater' ? BigInt(value) > BigInt(wanted) : BigInt(value) < BigInt(wanted)
    }
  }
}

/** Whether labels meet a selector; as the API server does, a label that is missing meets `not-in`. */
export const labelsMatch = (selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean =>
  selector.every((each) => meets(each, Object.hasOwn(labels, each.key) ? labels[each.key] : undefined))

const textOf = (each: LabelRequirement): string => {
  switch (each.operator) {
    case 'exists':
      return each.key
    case 'not-exists':
      return `!${each.key}`
    case 'in':
      return each.values.length === 1 ? `${each.key}=${each.values[0]}` : `${each.key} in (${each.values.join(',')})`
    case 'not-in':
      return each.values.length === 1
        ? `${each.key}!=${each.values[0]}`
        : `${each.key} notin (${each.values.join(',')})`
    case 'greater':
      return `${each.key}>${each.values[0]}`
    case 'less':
      return `${each.key}<${each.values[0]}`
  }
}

/** One way to write a selector: two that say the same in another order or with other signs are the same text. */
export const canonicalLabelSelector = (selector: LabelSelector): string =>
  [...new Set(selector.map(textOf))].sort().join(',')
