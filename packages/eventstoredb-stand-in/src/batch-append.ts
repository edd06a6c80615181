import type * as shared from '@eventstore/db-client/generated/shared_pb.js'
import type * as streams from '@eventstore/db-client/generated/streams_pb.js'
import { type ServerDuplexStream, status } from '@grpc/grpc-js'
import { appendWithFaults, streamNameOf, toProposed } from './append.ts'
import type { AppendOutcome, ExpectedVersion, ProposedEvent } from './expected-version.ts'
import { type Faults, takes } from './faults.ts'
import { type Log, MAX_APPEND_SIZE } from './log.ts'
import { Shared, Statuses, Streams, WellKnown } from './protocol.ts'

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
