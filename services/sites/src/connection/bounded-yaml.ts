import { Lexer, parseDocument } from 'yaml'

/** What a text in YAML says, or why it cannot be read: without a word of the text, which may hold credentials. */
export type YamlOutcome = { readonly value: unknown } | { readonly problem: string }

/**
 * Words of the YAML grammar in one text. Parsing takes time that grows faster than their number; this many take less
 * than a second, and are a kubeconfig of some hundred clusters.
 */
const MOST_LEXEMES = 60_000
/** Escapes within quotes: the parser describes each that is wrong. */
const MOST_ESCAPES = 5_000
const ALIASES = 20

const isTooMuch = (text: string): boolean => {
  let lexemes = 0
  for (const _ of new Lexer().lex(text)) {
    lexemes += 1
    if (lexemes > MOST_LEXEMES) return true
  }
  let escapes = 0
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 1)) {
    escapes += 1
    if (escapes > MOST_ESCAPES) return true
  }
  return false
}

/** The library's code as words: BAD_INDENT is «bad indent». */
const wordsOf = (code: string): string => code.toLowerCase().replaceAll('_', ' ')
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/**
 * Reads YAML that somebody else wrote, in bounded time and memory: aliases that multiply, deep nesting and huge lists
 * are problems, not hangs.
 */
export const readBoundedYaml = (text: string): YamlOutcome => {
  if (isTooMuch(text)) return { problem: 'it has more parts than the hub reads' }
  // Neither words that quote the text, nor a check of all pairs of keys: of equal ones the last counts.
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: false, uniqueKeys: false })
  const [error] = document.errors
  if (error !== undefined)
    return { problem: `line ${lineAt(text, error.pos[0])} cannot be read (${wordsOf(error.code)})` }
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES }) }
  } catch (cause) {
    // How the library says that aliases multiply (ReferenceError), or that the nesting is too deep for it.
    if (cause instanceof ReferenceError || cause instanceof RangeError)
      return { problem: 'its aliases or its nesting make it larger than the hub reads' }
    throw cause
  }
}
