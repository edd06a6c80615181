import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { Sealed } from './seal.ts'
import { SealedSchema } from './vault.ts'

/** Credentials were stored, encrypted and bound to their origin. Which of them is in use, the site's own events say. */
export interface CredentialsStored {
  readonly type: 'CredentialsStored'
  readonly data: { readonly credentialsId: string; readonly origin: string; readonly sealed: Sealed }
}
/** Nothing opens the credentials of this site any more. */
export interface CredentialsDestroyed {
  readonly type: 'CredentialsDestroyed'
  readonly data: Record<never, never>
}
export type SiteCredentialsEvent = CredentialsStored | CredentialsDestroyed

export interface SiteCredentials {
  readonly destroyed: boolean
  readonly stored: Readonly<Record<string, CredentialsStored['data']>>
}

/** One stream per site: its encrypted credentials, the earlier ones too until the site is deleted. */
export const siteCredentials = defineAggregate<SiteCredentials, SiteCredentialsEvent>({
  category: 'site',
  initial: { destroyed: false, stored: {} },
  evolve: (state, event) =>
    event.type === 'CredentialsDestroyed'
      ? { destroyed: true, stored: {} }
      : { ...state, stored: state.destroyed ? {} : { ...state.stored, [event.data.credentialsId]: event.data } },
  events: {
    CredentialsStored: z.object({ credentialsId: z.uuid(), origin: z.string(), sealed: SealedSchema }),
    CredentialsDestroyed: z.object({}),
  },
})
