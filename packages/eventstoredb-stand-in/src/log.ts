import { DatabaseSync } from 'node:sqlite'
import {
  type AppendOutcome,
  decideAppend,
  type ExpectedVersion,
  type Place,
  type ProposedEvent,
  type StreamState,
} from './expected-version.ts'

/** Bytes of data that one append may carry, as EventStoreDB's default. */
export const MAX_APPEND_SIZE = 1_048_576

/** Largest revision or position that SQLite knows. */
export const END = 2n ** 62n

/** An event as it is stored. */
export interface StoredEvent extends ProposedEvent {
  readonly stream: string
  readonly revision: bigint
  /** Commit and prepare position: both are the same in everything that was seen. */
  readonly position: bigint
  /** 100-nanosecond ticks since the Unix epoch. */
  readonly created: bigint
}

interface Row {
  readonly position: number
  readonly stream: string
  readonly revision: number
  readonly id: string
  readonly type: string
  readonly content_type: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
  readonly created: number
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY, stream TEXT NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
    content_type TEXT NOT NULL, data BLOB NOT NULL, metadata BLOB NOT NULL, created INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX IF NOT EXISTS by_stream ON events (stream, revision);
`

const toEvent = (row: Row): StoredEvent => ({
  stream: row.stream,
  revision: BigInt(row.revision),
  position: BigInt(row.position),
  id: row.id,
  type: row.type,
  contentType: row.content_type,
  data: row.data,
  metadata: row.metadata,
  created: BigInt(row.created) * 10_000n,
})

/** Streams and their common order in one file; what was appended is on disk when `append` returns. */
export class Log implements Disposable {
  readonly #db: DatabaseSync
  readonly #remembered = new Map<string, Place>()
  readonly #listeners = new Set<() => void>()
  #head: number

  constructor(file: string) {
    this.#db = new DatabaseSync(file)
    this.#db.exec(SCHEMA)
    const row = this.#db.prepare('SELECT max(position) AS head FROM events').get()
    this.#head = typeof row?.['head'] === 'number' ? row['head'] : -1
  }

  /** Position of the last event; -1 when there is none. */
  get head(): bigint {
    return BigInt(this.#head)
  }

  #state(stream: string): StreamState {
    const row = this.#db.prepare('SELECT max(revision) AS head FROM events WHERE stream = ?').get(stream)
    const head = typeof row?.['head'] === 'number' ? BigInt(row['head']) : undefined
    return {
      head,
      from: (revision, count) => this.readStream(stream, revision, count, 'forwards'),
      remembered: (id) => this.#remembered.get(`${stream} ${id}`),
    }
  }

  /** All events or none. */
  append(stream: string, expected: ExpectedVersion, events: readonly ProposedEvent[]): AppendOutcome {
    if (events.reduce((sum, { data }) => sum + data.byteLength, 0) > MAX_APPEND_SIZE) return { kind: 'too-large' }
    const state = this.#state(stream)
    const decided = decideAppend(expected, events, state)
    if (decided !== 'write') return decided
    if (events.length === 0) return { kind: 'ok', revision: state.head ?? 0n, position: undefined, written: false }
    return this.#write(stream, events, (state.head ?? -1n) + 1n)
  }

  #write(stream: string, events: readonly ProposedEvent[], first: bigint): AppendOutcome {
    const insert = this.#db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    const created = Date.now()
    const places: Place[] = []
    let position = this.#head
    this.#db.exec('BEGIN IMMEDIATE')
    for (const [index, { id, type, contentType, data, metadata }] of events.entries()) {
      // Positions are offsets of records in a log: growing, with gaps.
      position += position < 0 ? 1 : 120 + data.byteLength + metadata.byteLength
      const revision = first + BigInt(index)
      insert.run(position, stream, revision, id, type, contentType, data, metadata, created)
      places.push({ id, revision, position: BigInt(position) })
    }
    this.#db.exec('COMMIT')
    this.#head = position
    for (const place of places) this.#remembered.set(`${stream} ${place.id}`, place)
    for (const listener of this.#listeners) listener()
    return { kind: 'ok', revision: places.at(-1)?.revision ?? first, position: BigInt(position), written: true }
  }

  /** From a revision on, inclusive; nothing that lies beyond the position `upTo`. */
  readStream(
    stream: string,
    from: bigint,
    count: number,
    direction: 'forwards' | 'backwards',
    upTo: bigint = END,
  ): StoredEvent[] {
    const [comparison, order] = direction === 'forwards' ? ['>=', 'ASC'] : ['<=', 'DESC']
    const wanted = `stream = ? AND revision ${comparison} ? AND position <= ?`
    const rows = this.#db
      .prepare(`SELECT * FROM events WHERE ${wanted} ORDER BY revision ${order} LIMIT ?`)
      .all(stream, from, upTo, count)
    return (rows as unknown as Row[]).map(toEvent)
  }

  /** Forwards from a position on, inclusive; backwards from before it; nothing beyond `upTo`. */
  readAll(from: bigint, count: number, direction: 'forwards' | 'backwards', upTo: bigint = END): StoredEvent[] {
    const [comparison, order] = direction === 'forwards' ? ['>=', 'ASC'] : ['<', 'DESC']
    const rows = this.#db
      .prepare(
        `SELECT * FROM events WHERE position ${comparison} ? AND position <= ? ORDER BY position ${order} LIMIT ?`,
      )
      .all(from, upTo, count)
    return (rows as unknown as Row[]).map(toEvent)
  }

  /** Calls back after each append that wrote something; returns what ends that. */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }
}
