import { trySite } from '@rancher-hub/contracts'
import { type Handler, handleCommand, refuse } from '@rancher-hub/service-kit'
import type { SitesDeps } from '../sites-deps.ts'

/** Answers `sites.try-site`: tries at once what is paused, and says what still does not answer. */
export const trySiteFeature = (deps: Pick<SitesDeps, 'models' | 'registry'>): Handler =>
  handleCommand(trySite, async ({ siteId }, ctx) => {
    if ((await deps.models.site(ctx.organization, siteId)) === undefined) throw refuse(trySite, 'not-found')
    return { paused: await deps.registry.tryNow(siteId) }
  })
