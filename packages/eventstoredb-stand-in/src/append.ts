import type * as shared from '@eventstore/db-client/generated/shared_pb.js'
import type * as streams from '@eventstore/db-client/generated/streams_pb.js'
import { Metadata, type ServerReadableStream, type sendUnaryData, status } from '@grpc/grpc-js'
import type { AppendOutcome, ExpectedVersion, ProposedEvent } from './expected-version.ts'
import { type Faults, takes } from './faults.ts'
import { type Log, MAX_APPEND_SIZE } from './log.ts'
import { Shared, Streams } from './protocol.ts'

type Message = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage

/** Name of the stream that is appended to. */
export const streamNameOf = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')

/** An event as both ways of appending send it. */
export const toProposed = (message: Message): ProposedEvent => ({
  id: message.getId()?.getString().toLowerCase() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
})

/** What breaks around an append on purpose; undefined: nothing. */
export const appendWithFaults = (
  log: Log,
  faults: Faults,
  stream: string,
  expected: ExpectedVersion,
  events: readonly ProposedEvent[],
): AppendOutcome | { readonly kind: 'broken'; readonly code: status; readonly details: string } => {
  if (takes(faults, 'dropBeforeStore')) return { kind: 'broken', code: status.UNAVAILABLE, details: 'read ECONNRESET' }
  const outcome = log.append(stream, expected, events)
  if (takes(faults, 'dropAfterStore')) return { kind: 'broken', code: status.UNAVAILABLE, details: 'read ECONNRESET' }
  if (takes(faults, 'resetAfterStore')) {
    const details = 'Received RST_STREAM with code 0 (Call ended without gRPC status)'
    return { kind: 'broken', code: status.INTERNAL, details }
  }
  return outcome
}

const expectedOfAppend = (options: streams.AppendReq.Options): ExpectedVersion => {
  if (options.hasAny()) return 'any'
  if (options.hasNoStream()) return 'no_stream'
  if (options.hasStreamExists()) return 'stream_exists'
  return BigInt(options.getRevision())
}

/** A wrong version is a successful call here, whose answer says so. */
const wrongVersionAnswer = (current: bigint | undefined, expected: ExpectedVersion): streams.AppendResp => {
  const wrong = new Streams.AppendResp.WrongExpectedVersion()
  if (current === undefined) wrong.setCurrentNoStream(new Shared.Empty())
  else wrong.setCurrentRevision(String(current))
  if (expected === 'any') wrong.setExpectedAny(new Shared.Empty())
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new Shared.Empty())
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new Shared.Empty())
  else wrong.setExpectedRevision(String(expected))
  const answer = new Streams.AppendResp()
  answer.setWrongExpectedVersion(wrong)
  return answer
}

const okAnswer = (revision: bigint, position: bigint | undefined): streams.AppendResp => {
  const success = new Streams.AppendResp.Success()
  success.setCurrentRevision(String(revision))
  if (position === undefined) success.setNoPosition(new Shared.Empty())
  else {
    const place = new Streams.AppendResp.Position()
    place.setCommitPosition(String(position))
    place.setPreparePosition(String(position))
    success.setPosition(place)
  }
  const answer = new Streams.AppendResp()
  answer.setSuccess(success)
  return answer
}

const tooLarge = () => {
  const metadata = new Metadata()
  metadata.set('exception', 'maximum-append-size-exceeded')
  metadata.set('maximum-append-size', String(MAX_APPEND_SIZE))
  return { code: status.INVALID_ARGUMENT, details: `Maximum Append Size of ${MAX_APPEND_SIZE} Exceeded.`, metadata }
}

/** One append per call: `Streams/Append`. */
export const answerAppend =
  (log: Log, faults: Faults) =>
  (
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    callback: sendUnaryData<streams.AppendResp>,
  ): void => {
    let options: streams.AppendReq.Options | undefined
    const events: ProposedEvent[] = []
    call.on('data', (request: streams.AppendReq) => {
      if (request.hasOptions()) options = request.getOptions()
      const message = request.getProposedMessage()
      if (message !== undefined) events.push(toProposed(message))
    })
    call.on('end', () => {
      if (faults.hang || options === undefined) return
      const expected = expectedOfAppend(options)
      const outcome = appendWithFaults(log, faults, streamNameOf(options.getStreamIdentifier()), expected, events)
      const answer = (): void => {
        if (outcome.kind === 'broken') callback(outcome)
        else if (outcome.kind === 'too-large') callback(tooLarge())
        else if (outcome.kind === 'wrong-version') callback(null, wrongVersionAnswer(outcome.current, expected))
        else callback(null, okAnswer(outcome.revision, outcome.position))
      }
      if (faults.latencyMs > 0) setTimeout(answer, faults.latencyMs)
      else answer()
    })
  }
