import type * as shared from '@eventstore/db-client/generated/shared_pb.js'
import type * as streams from '@eventstore/db-client/generated/streams_pb.js'
import { Metadata, type ServerDuplexStream, type ServerReadableStream, type sendUnaryData, status } from '@grpc/grpc-js'
import type { AppendOutcome, ExpectedVersion, ProposedEvent } from './expected-version.ts'
import { type Faults, takes } from './faults.ts'
import { type Log, MAX_APPEND_SIZE } from './log.ts'
import { Shared, Statuses, Streams, WellKnown } from './protocol.ts'

type Message = streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage

const streamNameOf = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')

const toProposed = (message: Message): ProposedEvent => ({
  id: message.getId()?.getString().toLowerCase() ?? '',
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
})

/** What breaks around an append on purpose; undefined: nothing. */
const appendWithFaults = (
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

const expectedOfBatch = (options: streams.BatchAppendReq.Options): ExpectedVersion => {
  if (options.hasAny()) return 'any'
  if (options.hasNoStream()) return 'no_stream'
  if (options.hasStreamExists()) return 'stream_exists'
  return BigInt(options.getStreamPosition())
}

const failure = (code: status, name: string, serialized: Uint8Array) => {
  const detail = new WellKnown.Any()
  detail.pack(serialized, `event_store.client.${name}`)
  const error = new Statuses.Status()
  error.setCode(code as number)
  error.setMessage(name)
  error.setDetails(detail as Parameters<typeof error.setDetails>[0])
  return error
}

const wrongVersionFailure = (current: bigint | undefined, expected: ExpectedVersion) => {
  const wrong = new Shared.WrongExpectedVersion()
  const empty = new WellKnown.Empty() as Parameters<typeof wrong.setExpectedAny>[0]
  if (current === undefined) wrong.setCurrentNoStream(empty)
  else wrong.setCurrentStreamRevision(String(current))
  if (expected === 'any') wrong.setExpectedAny(empty)
  else if (expected === 'no_stream') wrong.setExpectedNoStream(empty)
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(empty)
  else wrong.setExpectedStreamPosition(String(expected))
  return failure(status.ALREADY_EXISTS, 'WrongExpectedVersion', wrong.serializeBinary())
}

const batchAnswer = (
  correlationId: shared.UUID | undefined,
  identifier: shared.StreamIdentifier | undefined,
  outcome: AppendOutcome,
  expected: ExpectedVersion,
): streams.BatchAppendResp => {
  const answer = new Streams.BatchAppendResp()
  answer.setCorrelationId(correlationId)
  // Always there: the client reads it when it makes an error of the answer.
  answer.setStreamIdentifier(identifier)
  if (outcome.kind === 'wrong-version') answer.setError(wrongVersionFailure(outcome.current, expected))
  else if (outcome.kind === 'too-large') {
    const exceeded = new Shared.MaximumAppendSizeExceeded()
    exceeded.setMaxappendsize(MAX_APPEND_SIZE)
    answer.setError(failure(status.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', exceeded.serializeBinary()))
  } else {
    const success = new Streams.BatchAppendResp.Success()
    success.setCurrentRevision(String(outcome.revision))
    if (outcome.position !== undefined) {
      const place = new Shared.AllStreamPosition()
      place.setCommitPosition(String(outcome.position))
      place.setPreparePosition(String(outcome.position))
      success.setPosition(place)
    }
    answer.setSuccess(success)
  }
  return answer
}

/** Many appends over one call, each answered under its correlation id: `Streams/BatchAppend`. */
export const answerBatchAppend =
  (log: Log, faults: Faults) =>
  (call: ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void => {
    const open = new Map<string, { options: streams.BatchAppendReq.Options; events: ProposedEvent[] }>()
    const finish = (id: string, request: streams.BatchAppendReq): void => {
      const append = open.get(id)
      open.delete(id)
      if (append === undefined || faults.hang) return
      const expected = expectedOfBatch(append.options)
      const identifier = append.options.getStreamIdentifier()
      const outcome = appendWithFaults(log, faults, streamNameOf(identifier), expected, append.events)
      if (outcome.kind === 'broken') {
        call.emit('error', outcome)
        return
      }
      const answers = takes(faults, 'answerTwice') ? 2 : 1
      const answer = (): void => {
        for (let n = 0; n < answers; n += 1)
          call.write(batchAnswer(request.getCorrelationId(), identifier, outcome, expected))
      }
      if (faults.latencyMs > 0) setTimeout(answer, faults.latencyMs)
      else answer()
    }
    call.on('data', (request: streams.BatchAppendReq) => {
      const id = request.getCorrelationId()?.getString() ?? ''
      const options = request.getOptions()
      if (options !== undefined) open.set(id, { options, events: [] })
      open.get(id)?.events.push(...request.getProposedMessagesList().map(toProposed))
      if (request.getIsFinal()) finish(id, request)
    })
    call.on('end', () => call.end())
  }
