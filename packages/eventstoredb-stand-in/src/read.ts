import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type * as streams from '@eventstore/db-client/generated/streams_pb.js'
import { type ServerWritableStream, status } from '@grpc/grpc-js'
import { type Faults, takes } from './faults.ts'
import type { Log, StoredEvent } from './log.ts'
import { Shared, Streams } from './protocol.ts'

type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>
type Options = streams.ReadReq.Options

const PAGE = 500
/** Largest revision or position that SQLite knows. */
const END = 2n ** 62n

class ReadError extends Error {
  readonly code: status
  readonly details: string
  constructor(code: status, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

const identifierOf = (stream: string) => {
  const identifier = new Shared.StreamIdentifier()
  identifier.setStreamName(Buffer.from(stream).toString('base64'))
  return identifier
}

const toReadEvent = (stored: StoredEvent): streams.ReadResp => {
  const id = new Shared.UUID()
  id.setString(stored.id)
  const recorded = new Streams.ReadResp.ReadEvent.RecordedEvent()
  recorded.setId(id)
  recorded.setStreamIdentifier(identifierOf(stored.stream))
  recorded.setStreamRevision(String(stored.revision))
  recorded.setCommitPosition(String(stored.position))
  recorded.setPreparePosition(String(stored.position))
  recorded.getMetadataMap().set('type', stored.type)
  recorded.getMetadataMap().set('content-type', stored.contentType)
  recorded.getMetadataMap().set('created', String(stored.created))
  recorded.setData(stored.data)
  recorded.setCustomMetadata(stored.metadata)
  const event = new Streams.ReadResp.ReadEvent()
  event.setEvent(recorded)
  event.setCommitPosition(String(stored.position))
  const answer = new Streams.ReadResp()
  answer.setEvent(event)
  return answer
}

/** Which events a filtered subscription wants. */
const filterOf = (options: Options): ((event: StoredEvent) => boolean) => {
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

/** Writes at the reader's pace; false once the reader has left. */
const send = async (call: ReadCall, answer: streams.ReadResp): Promise<boolean> => {
  if (call.cancelled) return false
  if (call.write(answer)) return true
  const left = new AbortController()
  const leave = (): void => left.abort()
  call.once('cancelled', leave)
  try {
    await once(call, 'drain', { signal: left.signal })
    return true
  } catch (error) {
    if (call.cancelled) return false
    throw error
  } finally {
    call.off('cancelled', leave)
  }
}

const readStream = async (call: ReadCall, log: Log, options: Options): Promise<void> => {
  const stream = options.getStream()
  const name = Buffer.from(stream?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8')
  const backwards = options.getReadDirection() === Streams.ReadReq.Options.ReadDirection.BACKWARDS
  const limit = BigInt(options.getCount())
  if (limit === 0n) throw new ReadError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error')
  const [last] = log.readStream(name, END, 1, 'backwards')
  if (last === undefined) {
    const missing = new Streams.ReadResp.StreamNotFound()
    missing.setStreamIdentifier(identifierOf(name))
    const answer = new Streams.ReadResp()
    answer.setStreamNotFound(missing)
    await send(call, answer)
    return
  }
  if (stream?.hasEnd() === true && !backwards) throw new ReadError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error')
  let from = stream?.hasEnd() === true ? END : stream?.hasStart() === true ? 0n : BigInt(stream?.getRevision() ?? 0)
  for (let left = limit; left > 0n; ) {
    const count = left < BigInt(PAGE) ? Number(left) : PAGE
    const page = log.readStream(name, from, count, backwards ? 'backwards' : 'forwards')
    for (const event of page) if (!(await send(call, toReadEvent(event)))) return
    const end = page.at(-1)
    if (end === undefined || page.length < count || (backwards && end.revision === 0n)) return
    from = backwards ? end.revision - 1n : end.revision + 1n
    left -= BigInt(page.length)
  }
}

const allStart = (log: Log, options: Options): bigint | 'start' | 'end' => {
  const all = options.getAll()
  if (all?.hasStart() === true) return 'start'
  if (all?.hasEnd() === true) return 'end'
  const position = BigInt(all?.getPosition()?.getCommitPosition() ?? 0)
  // A position inside a record is refused; one beyond the end is not.
  const inside = position <= log.head && log.readAll(position, 1, 'forwards')[0]?.position !== position
  if (inside) throw new ReadError(status.UNKNOWN, 'Unexpected ReadAllResult: Error')
  return position
}

const readAll = async (call: ReadCall, log: Log, options: Options): Promise<void> => {
  const backwards = options.getReadDirection() === Streams.ReadReq.Options.ReadDirection.BACKWARDS
  const start = allStart(log, options)
  if (start === 'end' && !backwards) return
  let from = start === 'end' ? END : start === 'start' ? 0n : start
  for (let left = BigInt(options.getCount()); left > 0n; ) {
    const count = left < BigInt(PAGE) ? Number(left) : PAGE
    const page = log.readAll(from, count, backwards ? 'backwards' : 'forwards')
    for (const event of page) if (!(await send(call, toReadEvent(event)))) return
    const end = page.at(-1)
    if (end === undefined || page.length < count) return
    from = backwards ? end.position : end.position + 1n
    left -= BigInt(page.length)
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

interface Source {
  /** The next page and how far the log was looked through for it. */
  readonly page: (after: bigint) => readonly StoredEvent[]
  readonly placeOf: (event: StoredEvent) => bigint
  readonly start: bigint
  /** Whether `caught_up` is sent before the first event: 23.10.6 stays silent on a stream that does not exist. */
  readonly silentWhileEmpty: boolean
  readonly checkpointEvery: number
}

const streamSource = (log: Log, options: Options): Source => {
  const stream = options.getStream()
  const name = Buffer.from(stream?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8')
  const last = log.readStream(name, END, 1, 'backwards')[0]?.revision ?? -1n
  const start =
    stream?.hasEnd() === true ? last : stream?.hasStart() === true ? -1n : BigInt(stream?.getRevision() ?? 0)
  return {
    page: (after) => log.readStream(name, after + 1n, PAGE, 'forwards'),
    placeOf: (event) => event.revision,
    start,
    silentWhileEmpty: last === -1n,
    checkpointEvery: 0,
  }
}

const allSource = (log: Log, options: Options): Source => {
  const start = allStart(log, options)
  const filter = options.getFilter()
  const window = filter?.hasMax() === true ? filter.getMax() : 32
  return {
    page: (after) => log.readAll(after + 1n, PAGE, 'forwards'),
    placeOf: (event) => event.position,
    start: start === 'end' ? log.head : start === 'start' ? -1n : start,
    silentWhileEmpty: false,
    checkpointEvery: filter === undefined ? 0 : window * filter.getCheckpointintervalmultiplier(),
  }
}

const confirmation = (): streams.ReadResp => {
  const confirmed = new Streams.ReadResp.SubscriptionConfirmation()
  confirmed.setSubscriptionId(randomUUID())
  const answer = new Streams.ReadResp()
  answer.setConfirmation(confirmed)
  return answer
}

const checkpoint = (position: bigint): streams.ReadResp => {
  const reached = new Streams.ReadResp.Checkpoint()
  reached.setCommitPosition(String(position))
  reached.setPreparePosition(String(position))
  const answer = new Streams.ReadResp()
  answer.setCheckpoint(reached)
  return answer
}

const caughtUp = (): streams.ReadResp => {
  const answer = new Streams.ReadResp()
  answer.setCaughtUp(new Streams.ReadResp.CaughtUp())
  return answer
}

/** Past events, then `caught_up` once, then what is appended, until the reader leaves. */
const subscribe = async (call: ReadCall, log: Log, faults: Faults, options: Options): Promise<void> => {
  const source = options.hasStream() ? streamSource(log, options) : allSource(log, options)
  const wanted = filterOf(options)
  if (!(await send(call, confirmation()))) return
  let place = source.start
  let live = false
  let seenAny = !source.silentWhileEmpty
  let scanned = 0
  while (!call.cancelled) {
    const seen = log.head
    const page = source.page(place)
    for (const event of page) {
      if (live && takes(faults, 'tooSlow')) {
        const reason = 'Consumer too slow to handle event while live. Client resubscription required.'
        throw new ReadError(status.ABORTED, `Operation timed out: ${reason}`)
      }
      if (faults.latencyMs > 0) await wait(faults.latencyMs)
      if (wanted(event) && !(await send(call, toReadEvent(event)))) return
      scanned += 1
      if (source.checkpointEvery > 0 && scanned % source.checkpointEvery === 0)
        if (!(await send(call, checkpoint(event.position)))) return
      place = source.placeOf(event)
      seenAny = true
    }
    if (page.length === PAGE) continue
    if (!live && seenAny) {
      live = true
      if (!(await send(call, caughtUp()))) return
    }
    await appendedSince(call, log, seen)
  }
}

/** All four uses of `Streams/Read`. */
export const answerRead =
  (log: Log, faults: Faults) =>
  (call: ReadCall): void => {
    const options = call.request.getOptions()
    if (faults.hang || options === undefined) return
    const work = options.hasSubscription()
      ? subscribe(call, log, faults, options)
      : options.hasStream()
        ? readStream(call, log, options)
        : readAll(call, log, options)
    work.then(
      () => call.end(),
      (error: unknown) => {
        if (call.cancelled) return
        const known = error instanceof ReadError
        call.emit(
          'error',
          known ? { code: error.code, details: error.details } : { code: status.UNKNOWN, details: String(error) },
        )
      },
    )
  }
