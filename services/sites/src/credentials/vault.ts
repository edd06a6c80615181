import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { Sealed } from './seal.ts'

/** Shape of ciphertext in events. */
export const SealedSchema = z.object({ iv: z.base64(), tag: z.base64(), data: z.base64() })

/** The organization's data key was made; it is in here only wrapped by the master key. */
export interface DataKeyCreated {
  readonly type: 'DataKeyCreated'
  readonly data: { readonly wrapped: Sealed; readonly masterKeyId: string }
}

export interface Vault {
  readonly dataKey?: DataKeyCreated['data'] | undefined
}

/** One stream per organization: its wrapped data key. The first one made counts. */
export const vault = defineAggregate<Vault, DataKeyCreated>({
  category: 'vault',
  initial: {},
  evolve: (state, event) => (state.dataKey === undefined ? { dataKey: event.data } : state),
  events: { DataKeyCreated: z.object({ wrapped: SealedSchema, masterKeyId: z.string() }) },
})

/** Id of the one vault stream of an organization. */
export const VAULT_ID = 'keys'
