import { AppendTooLargeError, InvalidEventError, MAX_APPEND_BYTES, type NewEvent } from './event-store.port.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** An event with its data and metadata as JSON text. */
export interface SerializedEvent {
  readonly id: string
  readonly type: string
  readonly data: string
  readonly metadata: string
}

const toJson = (value: unknown, what: string): string => {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (error) {
    throw new InvalidEventError(`${what} is not JSON: ${(error as Error).message}`, { cause: error })
  }
  if (json === undefined) throw new InvalidEventError(`${what} is not JSON: ${typeof value}`)
  return json
}

/** Checks what every adapter refuses alike, and serializes. @throws InvalidEventError | AppendTooLargeError */
export const serializeAppend = (stream: string, events: readonly NewEvent[]): SerializedEvent[] => {
  if (!/^[^-]+-./su.test(stream) || !stream.isWellFormed())
    throw new InvalidEventError(`«${stream}» is not a stream name: <category>-<id>`)
  if (events.length === 0) throw new InvalidEventError(`Nothing to append to ${stream}`)
  const ids = new Set<string>()
  const serialized = events.map(({ id, type, data, metadata }) => {
    if (!uuid.test(id)) throw new InvalidEventError(`Event id «${id}» is not a UUID`)
    if (type === '' || !type.isWellFormed()) throw new InvalidEventError(`An event for ${stream} has no type`)
    if (ids.has(id)) throw new InvalidEventError(`Event id ${id} is there twice in one append`)
    ids.add(id)
    return { id, type, data: toJson(data, `Data of ${type}`), metadata: toJson(metadata, `Metadata of ${type}`) }
  })
  const bytes = serialized.reduce(
    (sum, { data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata),
    0,
  )
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLargeError(stream, bytes)
  return serialized
}
