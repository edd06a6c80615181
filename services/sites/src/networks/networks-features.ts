import { changeNetworks, checkAddress, getNetworks, previewNetworks, type ReturnOf } from '@rancher-hub/contracts'
import { isRejection } from '@rancher-hub/domain'
import { type CallContext, type Handler, handleCommand, handleQuery, refuse } from '@rancher-hub/service-kit'
import { neverNetworks } from '../egress/special-networks.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import { judgeAddress } from './judge-address.ts'
import { judgeSites, shown } from './judge-sites.ts'
import { decideChangeNetworks, eachOnce, initialNetworks, NETWORKS_ID, networks } from './networks.ts'
import type { NetworksDoc } from './networks-projection.ts'
import { neverTargets } from './never-targets.ts'
import type { OrganizationNetworks } from './organization-networks.ts'

/** What the features around networks work with. */
export interface NetworksDeps {
  readonly models: LandscapeModels
  readonly networks: OrganizationNetworks
  /** The setting as the read model has it. */
  readonly read: (organization: string) => Promise<NetworksDoc | undefined>
  /** Makes a change hold for open connections. */
  readonly enforce: (organization: string) => Promise<void>
}

const getNetworksFeature = ({ read, networks: { allowLoopback } }: NetworksDeps): Handler =>
  handleQuery(getNetworks, async (_input, { organization }): Promise<ReturnOf<typeof getNetworks>> => {
    const { mode, allowed, revision, changes } = (await read(organization)) ?? { ...initialNetworks, changes: [] }
    const never = neverNetworks
      .filter(({ rule }) => rule !== 'loopback' || !allowLoopback)
      .map((entry) => ({ rule: entry.rule, networks: [...entry.networks] }))
    return {
      mode,
      allowed: [...allowed],
      loopbackAllowed: allowLoopback,
      never,
      changes: changes.map((change) => ({ ...change, added: [...change.added], removed: [...change.removed] })),
      revision,
    }
  })

const judged = async (deps: NetworksDeps, rules: Parameters<OrganizationNetworks['policyWith']>[0], ctx: CallContext) =>
  await judgeSites(await deps.models.sites(ctx.organization), deps.networks.policyWith(rules))

const previewNetworksFeature = (deps: NetworksDeps): Handler =>
  handleQuery(previewNetworks, async (rules, ctx) => {
    const sites = await judged(deps, rules, ctx)
    return { refused: shown(sites, 'refused'), unresolved: shown(sites, 'unresolved') }
  })

/** Sites that are refused already are no news. */
const newlyRefused = async (
  deps: NetworksDeps,
  rules: Parameters<OrganizationNetworks['policyWith']>[0],
  ctx: CallContext,
) => {
  const after = shown(await judged(deps, rules, ctx), 'refused')
  if (after.length === 0) return after
  const now = await judgeSites(
    await deps.models.sites(ctx.organization),
    await deps.networks.policyOf(ctx.organization),
  )
  const before = new Set(shown(now, 'refused').map(({ id }) => id))
  return after.filter(({ id }) => !before.has(id))
}

const changeNetworksFeature = (deps: NetworksDeps): Handler =>
  handleCommand(changeNetworks, async ({ mode, allowed, revision, acceptRefused }, ctx) => {
    const rules = { mode, allowed: eachOnce(allowed) }
    const never = neverTargets(rules.allowed, deps.networks.allowLoopback)
    if (never.length > 0) throw refuse(changeNetworks, 'never-allowed', { targets: never })
    if (!acceptRefused) {
      const sites = await newlyRefused(deps, rules, ctx)
      if (sites.length > 0) throw refuse(changeNetworks, 'sites-refused', { sites })
    }
    const by = ctx.actor.kind === 'user' ? { id: ctx.actor.userId, name: ctx.actor.name } : undefined
    const outcome = await ctx.decide(networks, NETWORKS_ID, (state) =>
      decideChangeNetworks({ ...rules, revision, by }, state),
    )
    if (isRejection(outcome)) throw refuse(changeNetworks, 'changed-meanwhile')
    if (outcome.length > 0) await deps.enforce(ctx.organization)
    return {}
  })

const checkAddressFeature = (deps: NetworksDeps): Handler =>
  handleQuery(checkAddress, async ({ address, rules }, ctx) => {
    const policy =
      rules === undefined ? await deps.networks.policyOf(ctx.organization) : deps.networks.policyWith(rules)
    return await judgeAddress(address, policy, ctx.signal)
  })

/** Showing, trying and changing which networks the hub may call. */
export const networksFeatures = (deps: NetworksDeps): Handler[] => [
  getNetworksFeature(deps),
  previewNetworksFeature(deps),
  changeNetworksFeature(deps),
  checkAddressFeature(deps),
]
