import { LRUCache } from 'lru-cache'
/** Rows of recent reads of one table, by what was asked. */
export interface RecentAnswers {
  /** The JSON of each document, from memory or from `read`. */
  rows(question: string, read: () => readonly string[]): readonly string[]
  /** Forgets everything: the table has changed. */
  clear(): void
}

const MAX_QUESTIONS = 200
/** Long answers are rarely asked for twice in the same words, and would crowd out the others. */
const MAX_CHARACTERS = 32_768

/**
 * Remembers answers until the next write to the table. A small list that everybody asks for costs SQLite 10–80 µs, most
 * of them for code and pages that other work has pushed out of the processor's caches. Right only while all writes come
 * through the same connection, which the standalone hub makes sure of: a second one on the same folder does not start.
 */
export const createRecentAnswers = (): RecentAnswers => {
  const known = new LRUCache<string, readonly string[]>({ max: MAX_QUESTIONS })
  return {
    rows: (question, read) => {
      const found = known.get(question)
      if (found !== undefined) return found
      const rows = read()
      let characters = 0
      for (const row of rows) characters += row.length
      if (characters > MAX_CHARACTERS) return rows
      known.set(question, rows)
      return rows
    },
    clear: () => known.clear(),
  }
}
