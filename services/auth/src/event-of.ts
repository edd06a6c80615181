import type { DomainEvent } from '@rancher-hub/domain'
import type { z } from 'zod'

/** The union of events that a map of data schemas declares. */
export type EventOf<Schemas extends Readonly<Record<string, z.ZodType>>> = {
  [T in keyof Schemas & string]: DomainEvent<T, z.output<Schemas[T]>>
}[keyof Schemas & string]
