import {
  createIgnoreRule,
  deleteIgnoreRule,
  editIgnoreRule,
  type IgnoreMatch,
  type IgnoreRule,
  listIgnoreRules,
  type Person,
} from '@rancher-hub/contracts'
import { compileIgnoreRule, LabelSelectorError, PathNotValidError } from '@rancher-hub/kubernetes'
import { type CallContext, decideCommand, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import { decideCreateIgnoreRule, decideDeleteIgnoreRule, decideEditIgnoreRule } from './decide-ignore-rules.ts'
import type { IgnoreRuleDoc, IgnoreRuleModels } from './ignore-rules.projection.ts'
import { ignoreRules, ORGANIZATION_PLACE } from './ignore-rules.ts'

/** What the features around rules work with. */
export interface IgnoreRuleDeps {
  readonly models: LandscapeModels
  readonly ignoreRules: IgnoreRuleModels
}

const personOf = ({ actor }: CallContext): z.output<typeof Person> => {
  if (actor.kind !== 'user') throw refuse(createIgnoreRule, 'forbidden')
  return { id: actor.userId, name: actor.name }
}

/** Reads selector and paths. @throws RefusedError match-not-valid */
const checkMatch = (match: IgnoreMatch): void => {
  const tried = (part: Partial<IgnoreMatch>): void =>
    void compileIgnoreRule({ match: { kinds: [], names: [], paths: [], ...part } })
  for (const path of match.paths) {
    try {
      tried({ paths: [path] })
    } catch (error) {
      if (!(error instanceof PathNotValidError)) throw error
      const details = { field: 'paths', value: path }
      throw refuse(createIgnoreRule, 'match-not-valid', details, `${error.message}. Copy one from a comparison.`)
    }
  }
  try {
    tried({ labels: match.labels })
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    const { position, message } = error
    const details = { field: 'labels', value: match.labels ?? '', position }
    throw refuse(createIgnoreRule, 'match-not-valid', details, `At character ${position} of the labels: ${message}.`)
  }
}

const streamOf = ({ instanceId }: { readonly instanceId?: string | undefined }): string =>
  instanceId ?? ORGANIZATION_PLACE

type Instances = ReadonlyMap<string, NonNullable<IgnoreRule['instance']>>

/** Instances by id, with what lists show of them. */
const instancesOf = async ({ models }: IgnoreRuleDeps, organization: string): Promise<Instances> => {
  const [instances, environments] = await Promise.all([
    models.instances(organization),
    models.environments(organization),
  ])
  const byId = new Map(environments.map((environment) => [environment._id, environment]))
  return new Map(
    instances.map(({ _id: id, name, environmentId }) => {
      const environment = byId.get(environmentId)
      return [id, { id, name, environment: environment?.name ?? '', colour: environment?.colour ?? '#808080' }]
    }),
  )
}

/** A rule of an instance that is gone is gone with it. */
const toRule = (doc: IgnoreRuleDoc, instances: Instances): IgnoreRule[] => {
  const { _id: id, place, name, match, reason, enabled, createdBy, createdAt, changedBy, changedAt, revision } = doc
  const instance = instances.get(place)
  if (place !== ORGANIZATION_PLACE && instance === undefined) return []
  const shown = { id, name, match, reason, enabled, createdBy, createdAt, changedBy, changedAt, revision }
  return [instance === undefined ? shown : { ...shown, instance }]
}

const order = (a: IgnoreRule, b: IgnoreRule): number =>
  (a.instance === undefined ? 0 : 1) - (b.instance === undefined ? 0 : 1) ||
  (a.instance?.name ?? '').localeCompare(b.instance?.name ?? '') ||
  b.createdAt.localeCompare(a.createdAt)

const listIgnoreRulesFeature = (deps: IgnoreRuleDeps): Handler =>
  handleQuery(listIgnoreRules, async ({ instanceId, text, ids, offset, limit }, { organization }) => {
    const [docs, instances] = await Promise.all([deps.ignoreRules.all(organization), instancesOf(deps, organization)])
    const needle = text?.toLowerCase() ?? ''
    const found = docs
      .flatMap((doc) => toRule(doc, instances))
      .filter(
        (rule) =>
          (instanceId === undefined || rule.instance === undefined || rule.instance.id === instanceId) &&
          (ids === undefined || ids.includes(rule.id)) &&
          [rule.name, rule.reason, rule.instance?.name ?? ''].some((each) => each.toLowerCase().includes(needle)),
      )
      .sort(order)
    return { items: found.slice(offset, offset + limit), total: found.length }
  })

/** Rules that ignore: listing, creating, editing, deleting. */
export const ignoreRuleFeatures = (deps: IgnoreRuleDeps): Handler[] => {
  const placeOf = async (
    { ruleId }: { readonly ruleId: string },
    ctx: CallContext,
  ): Promise<{ readonly instanceId?: string }> => {
    const doc = await deps.ignoreRules.rule(ctx.organization, ruleId)
    if (doc === undefined) throw refuse(editIgnoreRule, 'not-found')
    return doc.place === ORGANIZATION_PLACE ? {} : { instanceId: doc.place }
  }
  return [
    listIgnoreRulesFeature(deps),
    decideCommand(createIgnoreRule, {
      aggregate: ignoreRules,
      id: streamOf,
      prepare: async (input, ctx) => {
        checkMatch(input.match)
        const { instanceId } = input
        if (instanceId !== undefined && (await deps.models.instance(ctx.organization, instanceId)) === undefined)
          throw refuse(createIgnoreRule, 'not-found')
        return { ...input, ruleId: ctx.newId(), by: personOf(ctx) }
      },
      decide: decideCreateIgnoreRule,
      result: ({ ruleId }) => ({ id: ruleId }),
    }),
    decideCommand(editIgnoreRule, {
      aggregate: ignoreRules,
      id: streamOf,
      prepare: async (input, ctx) => {
        if (input.match !== undefined) checkMatch(input.match)
        return { ...input, ...(await placeOf(input, ctx)), by: personOf(ctx) }
      },
      decide: decideEditIgnoreRule,
      result: () => ({}),
    }),
    decideCommand(deleteIgnoreRule, {
      aggregate: ignoreRules,
      id: streamOf,
      prepare: async (input, ctx) => ({ ...input, ...(await placeOf(input, ctx)), by: personOf(ctx) }),
      decide: decideDeleteIgnoreRule,
      result: () => ({}),
    }),
  ]
}
