import {
  type deleteSite,
  type disableSite,
  type editSite,
  type enableSite,
  listSiteChanges,
} from '@rancher-hub/contracts'
import { type Handler, handleQuery, type RefusedError, refuse } from '@rancher-hub/service-kit'
import type { SitesDeps } from '../sites-deps.ts'
import { readSiteChanges } from './read-site-changes.ts'

/** Answers `sites.list-site-changes`: newest first. */
export const listSiteChangesFeature = (deps: Pick<SitesDeps, 'models' | 'store'>): Handler =>
  handleQuery(listSiteChanges, async ({ siteId, offset, limit }, ctx) => {
    if ((await deps.models.site(ctx.organization, siteId)) === undefined) throw refuse(listSiteChanges, 'not-found')
    const changes = (await readSiteChanges(deps.store, ctx.organization, siteId)).reverse()
    return { items: changes.slice(offset, offset + limit).map(({ change }) => change), total: changes.length }
  })

/** Tells who edited an older state what others changed since, and which revision an edit on top of that has. */
export const refuseOutdated = async (
  store: SitesDeps['store'],
  contract: typeof editSite | typeof deleteSite | typeof disableSite | typeof enableSite,
  organization: string,
  site: { readonly siteId: string; readonly seen: number },
): Promise<RefusedError> => {
  const changes = await readSiteChanges(store, organization, site.siteId)
  const since = changes.filter(({ revision, isEdit }) => isEdit && revision > site.seen)
  return refuse(contract, 'changed-meanwhile', {
    changes: since.map(({ change }) => change),
    revision: changes.at(-1)?.revision ?? 0,
  })
}
