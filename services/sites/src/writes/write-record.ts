import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** The hub is about to write an object: what it was, so that a later attempt can tell whether this one wrote. */
export interface WriteBegun {
  readonly type: 'WriteBegun'
  readonly data: {
    readonly syncId: string
    readonly targetInstanceId: string
    readonly kind: string
    readonly name: string
    readonly beforeImage?: string | undefined
    /** When the hub had written the object before, as its API server recorded it; empty: never. */
    readonly hubWroteAt: string
  }
}

export interface WriteRecord {
  readonly begun?: WriteBegun['data'] | undefined
}

/** One stream per write of a sync item: the attempts that got as far as sending. The last one counts. */
export const writeRecord = defineAggregate<WriteRecord, WriteBegun>({
  category: 'write',
  initial: {},
  evolve: (_state, event) => ({ begun: event.data }),
  events: {
    WriteBegun: z.object({
      syncId: z.uuid(),
      targetInstanceId: z.uuid(),
      kind: z.string(),
      name: z.string(),
      beforeImage: z.string().optional(),
      hubWroteAt: z.string(),
    }),
  },
})
