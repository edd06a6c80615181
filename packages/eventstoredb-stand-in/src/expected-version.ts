/** What a writer expects of a stream. */
export type ExpectedVersion = 'any' | 'no_stream' | 'stream_exists' | bigint

/** An event as it comes over the wire. */
export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

/** How an append ends. `written` false: these very events are there already. */
export type AppendOutcome =
  | { readonly kind: 'ok'; readonly revision: bigint; readonly position: bigint | undefined; readonly written: boolean }
  | { readonly kind: 'wrong-version'; readonly current: bigint | undefined }
  | { readonly kind: 'too-large' }

/** Where an event sits in its stream and in the log. */
export interface Place {
  readonly id: string
  readonly revision: bigint
  readonly position: bigint
}

/** What is known of a stream for deciding on an append. */
export interface StreamState {
  /** Revision of the last event; undefined: the stream does not exist. */
  readonly head: bigint | undefined
  /** Places of the events from a revision on, at most `count`. */
  readonly from: (revision: bigint, count: number) => readonly Place[]
  /** Place of an event that this process has appended; the memory behind `any` does not survive a restart. */
  readonly remembered: (id: string) => Place | undefined
}

const sameIds = (places: readonly Place[], events: readonly ProposedEvent[]): boolean =>
  places.length === events.length && places.every(({ id }, index) => id === events[index]?.id)

const wrong = (state: StreamState): AppendOutcome => ({ kind: 'wrong-version', current: state.head })

/** These very events right at a revision: a success that writes nothing. */
const repeatedAt = (revision: bigint, events: readonly ProposedEvent[], state: StreamState): AppendOutcome => {
  const places = state.from(revision, events.length)
  const last = places.at(-1)
  if (last === undefined || !sameIds(places, events)) return wrong(state)
  return { kind: 'ok', revision: last.revision, position: last.position, written: false }
}

const decideWithoutRevision = (events: readonly ProposedEvent[], state: StreamState): AppendOutcome | 'write' => {
  const places = events.map(({ id }) => state.remembered(id))
  const known = places.filter((place) => place !== undefined)
  if (known.length === 0) return 'write'
  const last = places.at(-1)
  if (known.length < places.length || last === undefined) return wrong(state)
  return { kind: 'ok', revision: last.revision, position: last.position, written: false }
}

/**
 * Whether EventStoreDB would write, take the events for repeated, or refuse: as observed on 23.10.6. A known id at
 * the right revision is written again; nothing outside the stream is looked at.
 */
export const decideAppend = (
  expected: ExpectedVersion,
  events: readonly ProposedEvent[],
  state: StreamState,
): AppendOutcome | 'write' => {
  const { head } = state
  if (expected === 'any') return decideWithoutRevision(events, state)
  if (expected === 'stream_exists') return head === undefined ? wrong(state) : decideWithoutRevision(events, state)
  if (expected === 'no_stream') return head === undefined ? 'write' : repeatedAt(0n, events, state)
  if (head === undefined || expected > head) return wrong(state)
  return expected === head ? 'write' : repeatedAt(expected + 1n, events, state)
}
