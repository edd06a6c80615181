import { randomBytes } from 'node:crypto'
import { createSitesService, sitesConfig } from '@rancher-hub/sites'
import { createSyncService } from '@rancher-hub/sync'
import type { MoreServices } from './hub.fixtures.ts'

/** The services that specs run beside auth: all there are, and no cluster that they could reach. */
export const moreServices: MoreServices = (depsOf) => [
  createSitesService(
    { ...sitesConfig.schema.parse({}), masterKey: randomBytes(32), allowLoopbackSites: false },
    depsOf('sites'),
  ),
  createSyncService(depsOf('sync')),
]
