import type { AllStreamRecordedEvent, ResolvedEvent } from '@eventstore/db-client'
import type { EventMetadata, RecordedEvent } from './event-store.port.ts'

/** Whether an event is the hub's own, under its prefix; everything else in the store is somebody else's. */
const isOwn = (event: AllStreamRecordedEvent, prefix: string): boolean =>
  event.streamId.startsWith(prefix) &&
  !event.streamId.startsWith('$') &&
  event.isJson &&
  typeof (event.metadata as { organization?: unknown } | undefined)?.organization === 'string'

/** The event as the port knows it; undefined when it is not the hub's. */
export const toRecorded = ({ event }: ResolvedEvent, prefix: string): RecordedEvent | undefined => {
  // Links to events that are gone have none.
  if (event === undefined || !isOwn(event as AllStreamRecordedEvent, prefix)) return undefined
  return {
    id: event.id,
    type: event.type,
    data: event.data,
    metadata: event.metadata as unknown as EventMetadata,
    stream: event.streamId.slice(prefix.length),
    revision: Number(event.revision),
    position: Number((event as AllStreamRecordedEvent).position.commit),
  }
}
