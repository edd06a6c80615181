import * as auth from './auth/index.ts'
import type { Contract, PublicEvent } from './kit.ts'
import * as sites from './sites/index.ts'
import * as sync from './sync/index.ts'

const isContract = (value: unknown): value is Contract =>
  typeof value === 'object' && value !== null && 'kind' in value && 'subject' in value

const contractsOf = (module: object): Contract[] => Object.values(module).filter(isContract)

/** Every contract, by service. The gateway, the documents and the completeness checks are loops over it. */
export const catalogue = {
  auth: contractsOf(auth),
  sites: contractsOf(sites),
  sync: contractsOf(sync),
} as const satisfies Record<string, readonly Contract[]>

export const allContracts: readonly Contract[] = Object.values(catalogue).flat()

/** Every public event. */
export const allEvents: readonly PublicEvent[] = [...auth.authEvents, ...sites.sitesEvents, ...sync.syncEvents]
