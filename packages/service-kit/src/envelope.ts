import type { BusMessage, Reply } from '@rancher-hub/bus'
import type { FieldError } from './errors.ts'

/** Header names of hub messages. Bodies are JSON. */
export const headerNames = {
  token: 'hub-token',
  correlationId: 'hub-correlation-id',
  causationId: 'hub-causation-id',
  address: 'hub-address',
  status: 'hub-status',
  /** On an answer: names of read models of the service that are behind what is stored. */
  behind: 'hub-behind',
} as const

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** JSON as bytes. */
export const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))
/** @throws SyntaxError | TypeError when the bytes are not JSON */
export const decode = (data: Uint8Array): unknown => JSON.parse(decoder.decode(data))

/** Body of a refused reply. */
export interface RefusedBody {
  readonly code: string
  readonly message: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly errors?: readonly FieldError[] | undefined
}

/** How a call ended. `failed` carries nothing: the reason is in the log of the service. */
export type Outcome =
  | { readonly status: 'ok'; readonly data: Uint8Array }
  | { readonly status: 'refused'; readonly body: RefusedBody }
  | { readonly status: 'failed' }

/** `data`: the JSON of the result. */
export const okReply = (data: Uint8Array, behind: readonly string[] = []): Reply => ({
  data,
  headers: {
    [headerNames.status]: 'ok',
    ...(behind.length === 0 ? {} : { [headerNames.behind]: behind.join(',') }),
  },
})
export const refusedReply = (body: RefusedBody): Reply => ({
  data: encode(body),
  headers: { [headerNames.status]: 'refused' },
})
export const failedReply = (): Reply => ({ data: new Uint8Array(), headers: { [headerNames.status]: 'failed' } })

/** Reads a reply. */
export const outcomeOf = (message: BusMessage): Outcome => {
  const status = message.headers[headerNames.status]
  if (status === 'ok') return { status, data: message.data }
  if (status === 'refused') return { status, body: decode(message.data) as RefusedBody }
  return { status: 'failed' }
}
