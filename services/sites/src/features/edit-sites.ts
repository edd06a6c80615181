import { connectSite, deleteSite, disableSite, editSite, enableSite } from '@rancher-hub/contracts'
import { isRejection, type Rejection } from '@rancher-hub/domain'
import {
  type CallContext,
  type Handler,
  handleCommand,
  loadAggregate,
  refuse,
  streamName,
} from '@rancher-hub/service-kit'
import { type SiteCredentialsEvent, siteCredentials } from '../credentials/site-credentials.ts'
import { decideConnectSite, decideDeleteSite, decideEditSite, decideSwitchSite } from '../landscape/decide-sites.ts'
import { LANDSCAPE_ID, landscape, nameIsTaken } from '../landscape/landscape.ts'
import type { By } from '../landscape/landscape-events.ts'
import { refuseOutdated } from './site-changes/site-changes.ts'
import type { SitesDeps } from './sites-deps.ts'
import { storeConnection } from './store-site.ts'

const byOf = ({ actor }: CallContext): By =>
  actor.kind === 'user' ? { id: actor.userId, name: actor.name } : undefined

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
      decideConnectSite({ siteId, name, reach, by: byOf(ctx) }, current),
    )
    if (isRejection(outcome)) throw refuse(connectSite, 'name-taken')
    deps.registry.tested(ctx.organization, siteId)
    return { id: siteId }
  })

type EditingContract = typeof editSite | typeof deleteSite | typeof disableSite | typeof enableSite

/** Turns a decision's no into the contract's; one about an older state tells what happened since. */
const refuseEdit = async <C extends EditingContract>(
  deps: SitesDeps,
  contract: C,
  { rejected, details }: Rejection,
  site: { readonly siteId: string; readonly seen: number },
  ctx: CallContext,
) =>
  rejected === 'changed-meanwhile'
    ? await refuseOutdated(deps.store, contract, ctx.organization, site)
    : refuse(contract, rejected as 'not-found', details)

const editSiteFeature = (deps: SitesDeps): Handler =>
  handleCommand(editSite, async ({ siteId, name, connection, revision }, ctx) => {
    const doc = await deps.models.site(ctx.organization, siteId)
    if (doc === undefined) throw refuse(editSite, 'not-found')
    const seen = revision ?? doc.revision
    // Told before anything is sent to the site; the decision below is what counts.
    if (seen < doc.revision) throw await refuseOutdated(deps.store, editSite, ctx.organization, { siteId, seen })
    const stored = connection === undefined ? undefined : await deps.registry.stored(ctx.organization, doc)
    const reach =
      connection === undefined ? undefined : await storeConnection(deps, editSite, siteId, connection, stored, ctx)
    const command = { siteId, name, reach, revision, basedOn: doc.credentialsId, by: byOf(ctx) }
    const outcome = await ctx.decide(landscape, LANDSCAPE_ID, (state) => decideEditSite(command, state))
    if (isRejection(outcome)) throw await refuseEdit(deps, editSite, outcome, { siteId, seen }, ctx)
    if (reach !== undefined && doc.disabled !== true) {
      // From now on calls go out with the new credentials, and watches at their next connection.
      await deps.registry.open(ctx.organization, siteId)
      deps.registry.tested(ctx.organization, siteId)
    }
    return {}
  })

const switchSiteFeature = (deps: SitesDeps, contract: typeof disableSite | typeof enableSite): Handler =>
  handleCommand(contract, async ({ siteId, revision }, ctx) => {
    const disabled = contract.name === disableSite.name
    const outcome = await ctx.decide(landscape, LANDSCAPE_ID, (state) =>
      decideSwitchSite({ siteId, revision, disabled, by: byOf(ctx) }, state),
    )
    if (isRejection(outcome)) throw await refuseEdit(deps, contract, outcome, { siteId, seen: revision ?? 0 }, ctx)
    if (disabled) await deps.registry.close(siteId)
    else await deps.registry.tryNow(siteId)
    return {}
  })

const deleteSiteFeature = (deps: SitesDeps): Handler =>
  handleCommand(deleteSite, async ({ siteId, revision }, ctx) => {
    const outcome = await ctx.decide(landscape, LANDSCAPE_ID, (state) => decideDeleteSite({ siteId, revision }, state))
    if (isRejection(outcome)) throw await refuseEdit(deps, deleteSite, outcome, { siteId, seen: revision ?? 0 }, ctx)
    await ctx.decide(siteCredentials, siteId, (state): readonly SiteCredentialsEvent[] =>
      state.destroyed ? [] : [{ type: 'CredentialsDestroyed', data: {} }],
    )
    await deps.registry.close(siteId)
    return {}
  })

/** Connecting, editing, disabling and deleting sites. */
export const editSitesFeatures = (deps: SitesDeps): Handler[] => [
  connectSiteFeature(deps),
  editSiteFeature(deps),
  switchSiteFeature(deps, disableSite),
  switchSiteFeature(deps, enableSite),
  deleteSiteFeature(deps),
]
