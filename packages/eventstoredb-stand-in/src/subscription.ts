import { setTimeout as wait } from 'node:timers/promises'
import { status } from '@grpc/grpc-js'
import { type Faults, takes } from './faults.ts'
import { END, type Log, type StoredEvent } from './log.ts'
import {
  caughtUpAnswer,
  checkpointAnswer,
  confirmationAnswer,
  eventAnswer,
  type ReadCall,
  ReadError,
  type ReadOptions,
  send,
  streamNameOf,
} from './read-answers.ts'
import { allStart } from './read-once.ts'

const PAGE = 500

/** Which events a filtered subscription wants. */
const filterOf = (options: ReadOptions): ((event: StoredEvent) => boolean) => {
  const filter = options.getFilter()
  if (filter === undefined) return () => true
  const byStream = filter.getStreamIdentifier()
  const expression = byStream ?? filter.getEventType()
  if (expression === undefined) return () => true
  const prefixes = expression.getPrefixList()
  const regex = prefixes.length === 0 ? new RegExp(expression.getRegex(), 'u') : undefined
  return (event) => {
    const text = byStream === undefined ? event.type : event.stream
    return regex === undefined ? prefixes.some((prefix) => text.startsWith(prefix)) : regex.test(text)
  }
}

interface Source {
  readonly page: (after: bigint, upTo: bigint) => readonly StoredEvent[]
  readonly placeOf: (event: StoredEvent) => bigint
  readonly start: bigint
  /** Whether `caught_up` is sent only after the first event: 23.10.6 stays silent on a stream that does not exist. */
  readonly silentWhileEmpty: boolean
  /** Scanned events between two checkpoints; 0: none. */
  readonly checkpointEvery: number
}

const streamSource = (log: Log, options: ReadOptions): Source => {
  const stream = options.getStream()
  const name = streamNameOf(options)
  const last = log.readStream(name, END, 1, 'backwards')[0]?.revision ?? -1n
  const start =
    stream?.hasEnd() === true ? last : stream?.hasStart() === true ? -1n : BigInt(stream?.getRevision() ?? 0)
  return {
    page: (after, upTo) => log.readStream(name, after + 1n, PAGE, 'forwards', upTo),
    placeOf: (event) => event.revision,
    start,
    silentWhileEmpty: last === -1n,
    checkpointEvery: 0,
  }
}

const allSource = (log: Log, options: ReadOptions): Source => {
  const start = allStart(log, options, 'Exception was thrown by handler.')
  const filter = options.getFilter()
  const window = filter?.hasMax() === true ? filter.getMax() : 32
  return {
    page: (after, upTo) => log.readAll(after + 1n, PAGE, 'forwards', upTo),
    placeOf: (event) => event.position,
    start: start === 'end' ? log.head : start === 'start' ? -1n : start,
    silentWhileEmpty: false,
    checkpointEvery: filter === undefined ? 0 : window * filter.getCheckpointintervalmultiplier(),
  }
}

/** Waits until something was appended after `seen`, or the reader has left. */
const appendedSince = async (call: ReadCall, log: Log, seen: bigint): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const forget = log.onAppended(resolve)
  call.once('cancelled', resolve)
  if (log.head === seen && !call.cancelled) await promise
  forget()
  call.off('cancelled', resolve)
}

const assertQuick = (live: boolean, faults: Faults): void => {
  if (!live || !takes(faults, 'tooSlow')) return
  const reason = 'Consumer too slow to handle event while live. Client resubscription required.'
  throw new ReadError(status.ABORTED, `Operation timed out: ${reason}`)
}

/** Past events, then `caught_up` once, then what is appended, until the reader leaves. */
export const subscribe = async (call: ReadCall, log: Log, faults: Faults, options: ReadOptions): Promise<void> => {
  const source = options.hasStream() ? streamSource(log, options) : allSource(log, options)
  const wanted = filterOf(options)
  const lags = faults.lagAfter < Number.MAX_SAFE_INTEGER
  if (!(await send(call, confirmationAnswer()))) return
  let place = source.start
  let live = false
  let seenAny = !source.silentWhileEmpty
  let scanned = 0
  while (!call.cancelled) {
    const seen = log.head
    const page = source.page(place, lags ? BigInt(faults.lagAfter) : END)
    for (const event of page) {
      assertQuick(live, faults)
      if (faults.latencyMs > 0) await wait(faults.latencyMs)
      if (wanted(event) && !(await send(call, eventAnswer(event)))) return
      scanned += 1
      if (source.checkpointEvery > 0 && scanned % source.checkpointEvery === 0)
        if (!(await send(call, checkpointAnswer(event.position)))) return
      place = source.placeOf(event)
      seenAny = true
    }
    if (page.length === PAGE) continue
    if (!live && seenAny) {
      live = true
      if (!faults.noCaughtUp && !(await send(call, caughtUpAnswer()))) return
    }
    await appendedSince(call, log, seen)
  }
}
