import type { EventStore } from '@rancher-hub/event-store'
import type { SiteRegistry } from '../connection/site-registry.ts'
import type { Keyring } from '../credentials/keyring.ts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'

/** What the features around sites, environments and instances work with. */
export interface SitesDeps {
  readonly store: EventStore
  readonly models: LandscapeModels
  readonly keyring: Keyring
  readonly policy: NetworkPolicy
  readonly registry: SiteRegistry
}
