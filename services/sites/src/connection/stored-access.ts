import type { EventStore } from '@rancher-hub/event-store'
import { loadAggregate, streamName } from '@rancher-hub/service-kit'
import type { Keyring } from '../credentials/keyring.ts'
import { SealBrokenError } from '../credentials/seal.ts'
import { siteCredentials } from '../credentials/site-credentials.ts'
import { SiteError } from '../egress/site-error.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import type { StoredAccess } from './resolve-connection.ts'
import { SiteSecret } from './site-secret.ts'

/** Reads what was encrypted; with another master key it cannot be, which people can act on. */
const openSecret = (open: () => string): SiteSecret => {
  try {
    return SiteSecret.parse(JSON.parse(open()))
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error
    const message =
      'The stored credentials cannot be opened: the hub runs with another master key than they were stored with. Restore the key, or enter the credentials again.'
    throw new SiteError({ code: 'token-refused', message }, { cause: error })
  }
}

/** How a site is reached, with its credentials; undefined when they were destroyed. @throws SiteError when they cannot be opened */
export const readStoredAccess = async (
  deps: { readonly store: EventStore; readonly keyring: Keyring },
  organization: string,
  doc: SiteDoc,
): Promise<StoredAccess | undefined> => {
  const { state } = await loadAggregate(
    deps.store,
    siteCredentials,
    streamName(siteCredentials.category, organization, doc._id),
  )
  const entry = state.stored[doc.credentialsId]
  if (entry === undefined) return undefined
  const keys = await deps.keyring.of(organization)
  const secret = openSecret(() => keys.openCredentials({ siteId: doc._id, origin: doc.origin }, entry.sealed))
  return { kind: doc.kind, url: doc.url, clusterName: doc.clusterName, context: doc.context, secret }
}
