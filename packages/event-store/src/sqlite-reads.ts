import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { RecordedEvent } from './event-store.port.ts'
import type { EventPage } from './follow.ts'

/** Events read at once: enough to be fast, few enough not to hold up other work. */
const PAGE = 500
const columns = 'position, stream, revision, id, type, data, metadata'

const toRecorded = (row: Record<string, SQLOutputValue>): RecordedEvent => ({
  id: String(row['id']),
  type: String(row['type']),
  data: JSON.parse(String(row['data'])),
  metadata: JSON.parse(String(row['metadata'])),
  stream: String(row['stream']),
  revision: Number(row['revision']),
  position: Number(row['position']),
})

/** Reads of the event table, a page at a time. */
export const createReads = (db: DatabaseSync) => {
  const headSql = db.prepare('SELECT max(position) AS head FROM events')
  const streamSql = db.prepare(
    `SELECT ${columns} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`,
  )
  const allSql = db.prepare(`SELECT ${columns} FROM events WHERE position > ? ORDER BY position LIMIT ?`)
  const byCategories = new Map<number, StatementSync>()

  const categoriesSql = (count: number): StatementSync => {
    const known = byCategories.get(count)
    if (known !== undefined) return known
    const marks = Array.from({ length: count }, () => '?').join(', ')
    const made = db.prepare(
      `SELECT ${columns} FROM events WHERE category IN (${marks}) AND position > ? ORDER BY position LIMIT ?`,
    )
    byCategories.set(count, made)
    return made
  }

  const head = (): number => Number(headSql.get()?.['head'] ?? -1)

  return {
    head,
    /** At most a page of one stream; shorter than asked when the stream ends there. */
    streamPage: (
      stream: string,
      from: number,
      limit: number,
    ): { readonly events: RecordedEvent[]; readonly complete: boolean } => {
      const wanted = Math.min(PAGE, limit)
      const events = streamSql.all(stream, from, wanted).map(toRecorded)
      return { events, complete: events.length < wanted || wanted === limit }
    },
    /** A page of all streams, or of those of some categories. */
    page: (categories: readonly string[] | undefined, after: number): EventPage => {
      const stored = head()
      const rows =
        categories === undefined
          ? allSql.all(after, PAGE)
          : categoriesSql(categories.length).all(...categories, after, PAGE)
      const events = rows.map(toRecorded)
      const last = events.at(-1)?.position ?? after
      const complete = events.length < PAGE
      return { events, through: complete ? Math.max(stored, last) : last, complete }
    },
  }
}
