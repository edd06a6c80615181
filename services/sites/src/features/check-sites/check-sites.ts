import { checkSite, listExpiringTokens } from '@rancher-hub/contracts'
import { type Handler, handleCommand, handleQuery, refuse } from '@rancher-hub/service-kit'
import { NoSuchSiteError } from '../../connection/site-registry.ts'
import { SiteError } from '../../egress/site-error.ts'
import { dueWarning } from '../../landscape/decide-sites.ts'
import type { SitesDeps } from '../sites-deps.ts'
import type { SiteChecks } from './site-checks.ts'

/** Answers `sites.check-site`: what the site tells now, or why it does not. */
const checkSiteFeature = (checks: SiteChecks): Handler =>
  handleCommand(checkSite, async ({ siteId }, ctx) => {
    try {
      const { serverVersion, credential } = await checks.check(ctx.organization, siteId, 'interactive', ctx.signal)
      return { serverVersion, credential }
    } catch (error) {
      if (error instanceof NoSuchSiteError) throw refuse(checkSite, 'not-found')
      if (error instanceof SiteError) return { problem: error.problem }
      throw error
    }
  })

/** Answers `sites.list-expiring-tokens`. A disabled site needs no token. */
const listExpiringTokensFeature = ({ models }: Pick<SitesDeps, 'models'>): Handler =>
  handleQuery(listExpiringTokens, async (_, ctx) => {
    const items = (await models.sites(ctx.organization)).flatMap(({ _id, name, tokenExpiresAt, disabled }) =>
      tokenExpiresAt === undefined || disabled === true || dueWarning(tokenExpiresAt, ctx.now()) === undefined
        ? []
        : [{ siteId: _id, name, expiresAt: new Date(tokenExpiresAt).toISOString() }],
    )
    return { items: items.toSorted((a, b) => a.expiresAt.localeCompare(b.expiresAt)) }
  })

/** What sites tell of their tokens. */
export const checkSitesFeatures = (deps: Pick<SitesDeps, 'models'>, checks: SiteChecks): Handler[] => [
  checkSiteFeature(checks),
  listExpiringTokensFeature(deps),
]
