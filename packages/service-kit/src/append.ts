import { type DomainEvent, isRejection, type Rejection } from '@rancher-hub/domain'
import { type AppendResult, type EventStore, type NewEvent, WrongExpectedRevisionError } from '@rancher-hub/event-store'
import { type Aggregate, checkedEvents, loadAggregate, streamName } from './aggregate.ts'
import type { Cause } from './handler.ts'
import { newId } from './ids.ts'
import { actorName } from './tokens.ts'
import { currentTraceparent, inSpan, SpanKind } from './tracing.ts'

const MAX_ATTEMPTS = 20

/** Events with everything that the store wants to know of them. `eventId` makes ids; random unless given. */
export const toNewEvents = (
  events: readonly DomainEvent[],
  cause: Cause,
  now: Date,
  eventId: (index: number) => string = newId,
): NewEvent[] => {
  const traceparent = currentTraceparent()
  return events.map((event, index) => ({
    id: eventId(index),
    type: event.type,
    data: event.data,
    metadata: {
      organization: cause.organization,
      correlationId: cause.correlationId,
      causationId: cause.causationId,
      actor: actorName(cause.actor),
      time: now.toISOString(),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  }))
}

/** What a decision came to. `appended` is absent when there was nothing to append. */
export interface DecisionOutcome<E extends DomainEvent> {
  readonly outcome: readonly E[] | Rejection
  readonly appended?: AppendResult | undefined
}

/**
 * Load, evolve, decide, append with the expected revision; when another writer was faster, all of it again.
 * @throws WrongExpectedRevisionError after 20 lost races
 */
export const decideAndAppend = async <S, E extends DomainEvent>(
  deps: { readonly store: EventStore; readonly now: () => Date; readonly onConflict?: (() => void) | undefined },
  aggregate: Aggregate<S, E>,
  id: string,
  decide: (state: S, now: Date) => readonly E[] | Rejection,
  cause: Cause,
): Promise<DecisionOutcome<E>> =>
  await inSpan(`decide ${aggregate.category}`, { kind: SpanKind.INTERNAL }, async () => {
    const stream = streamName(aggregate.category, cause.organization, id)
    for (let attempt = 1; ; attempt += 1) {
      const { state, revision } = await loadAggregate(deps.store, aggregate, stream)
      const now = deps.now()
      const outcome = decide(state, now)
      if (isRejection(outcome) || outcome.length === 0) return { outcome }
      const events = toNewEvents(checkedEvents(aggregate, outcome), cause, now)
      try {
        const appended = await deps.store.append(stream, events, { expected: revision === -1 ? 'none' : revision })
        return { outcome, appended }
      } catch (error) {
        if (!(error instanceof WrongExpectedRevisionError) || attempt >= MAX_ATTEMPTS) throw error
        deps.onConflict?.()
      }
    }
  })
