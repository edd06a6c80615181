import { connectSite, deleteSite, editSite } from '@rancher-hub/contracts'
import { isRejection } from '@rancher-hub/domain'
import { type Handler, handleCommand, loadAggregate, refuse, streamName } from '@rancher-hub/service-kit'
import { type SiteCredentialsEvent, siteCredentials } from '../credentials/site-credentials.ts'
import { decideConnectSite, decideDeleteSite, decideEditSite } from '../landscape/decide-sites.ts'
import { LANDSCAPE_ID, landscape, nameIsTaken } from '../landscape/landscape.ts'
import type { SitesDeps } from './sites-deps.ts'
import { storeConnection } from './store-site.ts'

const connectSiteFeature = (deps: SitesDeps): Handler =>
  handleCommand(connectSite, async ({ name, connection }, ctx) => {
    // Told before anything is sent to the site; the decision below is what counts.
    const { state } = await loadAggregate(
      deps.store,
      landscape,
      streamName(landscape.category, ctx.organization, LANDSCAPE_ID),
    )
    if (nameIsTaken(state.sites, name)) throw refuse(connectSite, 'name-taken')
    const siteId = ctx.newId()
    const reach = await storeConnection(deps, connectSite, siteId, connection, undefined, ctx)
    const outcome = await ctx.decide(landscape, LANDSCAPE_ID, (current) =>
      decideConnectSite({ siteId, name, reach }, current),
    )
    if (isRejection(outcome)) throw refuse(connectSite, 'name-taken')
    return { id: siteId }
  })

const editSiteFeature = (deps: SitesDeps): Handler =>
  handleCommand(editSite, async ({ siteId, name, connection, revision }, ctx) => {
    const doc = await deps.models.site(ctx.organization, siteId)
    if (doc === undefined) throw refuse(editSite, 'not-found')
    const stored = connection === undefined ? undefined : await deps.registry.stored(ctx.organization, doc)
    const reach =
      connection === undefined ? undefined : await storeConnection(deps, editSite, siteId, connection, stored, ctx)
    const command = { siteId, name, reach, revision, basedOn: doc.credentialsId }
    const outcome = await ctx.decide(landscape, LANDSCAPE_ID, (state) => decideEditSite(command, state))
    if (isRejection(outcome))
      throw refuse(editSite, outcome.rejected as 'not-found' | 'changed-meanwhile' | 'name-taken')
    return {}
  })

const deleteSiteFeature = (deps: SitesDeps): Handler =>
  handleCommand(deleteSite, async ({ siteId }, ctx) => {
    const outcome = await ctx.decide(landscape, LANDSCAPE_ID, (state) => decideDeleteSite({ siteId }, state))
    if (isRejection(outcome)) throw refuse(deleteSite, outcome.rejected as 'not-found' | 'in-use', outcome.details)
    await ctx.decide(siteCredentials, siteId, (state): readonly SiteCredentialsEvent[] =>
      state.destroyed ? [] : [{ type: 'CredentialsDestroyed', data: {} }],
    )
    await deps.registry.close(siteId)
    return {}
  })

/** Connecting, editing and deleting sites. */
export const editSitesFeatures = (deps: SitesDeps): Handler[] => [
  connectSiteFeature(deps),
  editSiteFeature(deps),
  deleteSiteFeature(deps),
]
