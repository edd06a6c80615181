import { MAX_MESSAGE_BYTES, MessageTooLargeError } from '@rancher-hub/bus'
import { type CloudEvent, eventSubject, type PublicEvent, type ServiceName } from '@rancher-hub/contracts'
import type { StoredEvent } from '@rancher-hub/domain'
import { categoryOf, type EventStore, type RecordedEvent } from '@rancher-hub/event-store'
import { streamName, toStoredEvent, type Upcaster } from './aggregate.ts'
import type { DeadLetters } from './dead-letters.ts'
import { encode } from './envelope.ts'
import { isUnavailable } from './errors.ts'
import { type Leases, whileHolding } from './lease.ts'
import type { Logger } from './logger.ts'
import { pause } from './pause.ts'

const FIRST_WAIT_MS = 250

/** What a service says in public about a private event. */
export interface Publication {
  readonly event: PublicEvent
  readonly data: Readonly<Record<string, unknown>>
}

/** Maps private events to public ones: the only way out of a service. */
export type Publish = (event: StoredEvent) => Publication | undefined | Promise<Publication | undefined>

/** Somewhere that public events go: the bus, JetStream. At least once; repeats carry the same id. */
export interface EventSink {
  readonly name: string
  /** Position in this store of the last event of this service that is there; undefined: none. */
  lastPosition(service: ServiceName, store: EventStore): Promise<number | undefined>
  publish(subject: string, event: CloudEvent): Promise<void>
  /** Remembers how far it is, where the sink itself cannot tell. Called after events, also those that are not public. */
  passed?(service: ServiceName, position: number): Promise<void>
}

export interface PublisherDeps {
  readonly service: ServiceName
  readonly categories: readonly string[]
  readonly publish: Publish
  readonly store: EventStore
  readonly sink: EventSink
  readonly deadLetters: DeadLetters
  readonly leases: Leases
  readonly log: Logger
  readonly upcasters: (category: string) => Readonly<Record<string, Upcaster>> | undefined
}

/** The CloudEvents 1.0 form of a public event. @throws ZodError when the data is not what the contract says */
export const toCloudEvent = (
  service: ServiceName,
  publication: Publication,
  event: StoredEvent,
  traceparent?: string,
): CloudEvent => ({
  specversion: '1.0',
  id: event.eventId,
  source: `/hub/${service}`,
  type: `io.rancherhub.${service}.${publication.event.type}.v1`,
  subject: streamName(event.category, event.organization, event.streamId),
  time: event.time,
  datacontenttype: 'application/json',
  organization: event.organization,
  actor: event.actor,
  correlationid: event.correlationId,
  causationid: event.causationId,
  position: event.position,
  ...(traceparent === undefined ? {} : { traceparent }),
  data: publication.event.data.parse(publication.data),
})

/** Publishing of a service to one sink. */
export interface Publisher extends AsyncDisposable {
  /** Why it cannot go on now; undefined while it does, or another process publishes. */
  problem(): string | undefined
}

/** What an event comes to in public, in a form that fits through the bus. @throws MessageTooLargeError, or what the mapping throws */
const publicFormOf = async (deps: PublisherDeps, recorded: RecordedEvent): Promise<CloudEvent | undefined> => {
  const event = toStoredEvent(recorded, deps.upcasters(categoryOf(recorded.stream)))
  const publication = await deps.publish(event)
  if (publication === undefined) return undefined
  const cloudEvent = toCloudEvent(deps.service, publication, event, recorded.metadata.traceparent)
  const { byteLength } = encode(cloudEvent)
  if (byteLength > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(cloudEvent.type, byteLength)
  return cloudEvent
}

/** Follows the store after the commit and publishes; resumes where the sink is. One process at a time for each sink. */
export const startPublisher = (deps: PublisherDeps): Publisher => {
  const abort = new AbortController()
  let wait = FIRST_WAIT_MS
  let problem: string | undefined

  /** An event that cannot be said in public is kept as a dead letter, and stops nobody. */
  const publish = async (recorded: RecordedEvent): Promise<void> => {
    let cloudEvent: CloudEvent | undefined
    try {
      cloudEvent = await publicFormOf(deps, recorded)
    } catch (error) {
      if (isUnavailable(error)) throw error
      await deps.deadLetters.keep({
        consumer: `publish:${deps.sink.name}`,
        messageId: recorded.id,
        messageType: recorded.type,
        reason: String(error),
      })
    }
    if (cloudEvent === undefined) return
    const type = cloudEvent.type.split('.')[3] ?? ''
    await deps.sink.publish(eventSubject(cloudEvent.organization, deps.service, type), cloudEvent)
  }

  const follow = async (signal: AbortSignal): Promise<void> => {
    const after = (await deps.sink.lastPosition(deps.service, deps.store)) ?? -1
    for await (const message of deps.store.subscribe({ after, categories: deps.categories, signal })) {
      wait = FIRST_WAIT_MS
      problem = undefined
      if (message.kind === 'caught-up') continue
      await publish(message.event)
      await deps.sink.passed?.(deps.service, message.event.position)
    }
  }

  const running = (async () => {
    while (!abort.signal.aborted) {
      try {
        const standBy = async (): Promise<void> => {
          problem = undefined
        }
        await whileHolding(deps.leases, `publish/${deps.sink.name}`, abort.signal, { work: follow, standBy })
      } catch (error) {
        if (abort.signal.aborted) return
        problem = `publishing to ${deps.sink.name} waits: ${String(error)}`
        deps.log.warn({ err: error, sink: deps.sink.name, retryInMs: wait }, 'publishing waits')
        await pause(wait, abort.signal)
        wait = Math.min(wait * 2, 5_000)
      }
    }
  })()

  return {
    problem: () => problem,
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await running
    },
  }
}
