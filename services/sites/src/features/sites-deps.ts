import type { EventStore } from '@rancher-hub/event-store'
import type { SiteRegistry } from '../connection/site-registry.ts'
import type { Keyring } from '../credentials/keyring.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { OrganizationNetworks } from '../networks/organization-networks.ts'

/** What the features around sites, environments and instances work with. */
export interface SitesDeps {
  readonly store: EventStore
  readonly models: LandscapeModels
  readonly keyring: Keyring
  readonly networks: OrganizationNetworks
  readonly registry: SiteRegistry
}
