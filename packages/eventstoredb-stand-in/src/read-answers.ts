import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type * as streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream, status } from '@grpc/grpc-js'
import type { StoredEvent } from './log.ts'
import { Shared, Streams } from './protocol.ts'

/** A read or subscription that is being answered. */
export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>
/** What it asks for. */
export type ReadOptions = streams.ReadReq.Options

/** Ends a read with a status. */
export class ReadError extends Error {
  readonly code: status
  readonly details: string
  constructor(code: status, details: string) {
    super(details)
    this.code = code
    this.details = details
  }
}

/** Name of the stream that is read; empty when all are. */
export const streamNameOf = (options: ReadOptions): string =>
  Buffer.from(options.getStream()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8')

const identifierOf = (stream: string) => {
  const identifier = new Shared.StreamIdentifier()
  identifier.setStreamName(Buffer.from(stream).toString('base64'))
  return identifier
}

/** An event as reads deliver it. */
export const eventAnswer = (stored: StoredEvent): streams.ReadResp => {
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

/** A message, not an error status. */
export const notFoundAnswer = (stream: string): streams.ReadResp => {
  const missing = new Streams.ReadResp.StreamNotFound()
  missing.setStreamIdentifier(identifierOf(stream))
  const answer = new Streams.ReadResp()
  answer.setStreamNotFound(missing)
  return answer
}

/** The first message of a subscription. */
export const confirmationAnswer = (): streams.ReadResp => {
  const confirmed = new Streams.ReadResp.SubscriptionConfirmation()
  confirmed.setSubscriptionId(randomUUID())
  const answer = new Streams.ReadResp()
  answer.setConfirmation(confirmed)
  return answer
}

/** How far a filtered subscription has looked. */
export const checkpointAnswer = (position: bigint): streams.ReadResp => {
  const reached = new Streams.ReadResp.Checkpoint()
  reached.setCommitPosition(String(position))
  reached.setPreparePosition(String(position))
  const answer = new Streams.ReadResp()
  answer.setCheckpoint(reached)
  return answer
}

/** From here on a subscription is live. */
export const caughtUpAnswer = (): streams.ReadResp => {
  const answer = new Streams.ReadResp()
  answer.setCaughtUp(new Streams.ReadResp.CaughtUp())
  return answer
}

/** Writes at the reader's pace; false once the reader has left. */
export const send = async (call: ReadCall, answer: streams.ReadResp): Promise<boolean> => {
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
