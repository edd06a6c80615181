import type { IgnoreMatch, Person, RuleInForce } from '@rancher-hub/contracts'
import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import { type IgnoreRuleEvent, ORGANIZATION_PLACE } from './ignore-rules.ts'

type By = z.output<typeof Person>

export interface IgnoreRuleDoc extends Document {
  readonly org: string
  /** Id of its instance, or `organization`. */
  readonly place: string
  readonly name: string
  readonly match: IgnoreMatch
  readonly reason: string
  readonly enabled: boolean
  readonly createdBy: By
  readonly createdAt: string
  readonly changedBy: By
  readonly changedAt: string
  readonly revision: number
}

/** Rules that ignore, as lists and comparisons need them. */
export const ignoreRulesProjection = defineProjection<IgnoreRuleDoc, IgnoreRuleEvent>({
  name: 'ignore-rules',
  categories: ['ignorerules'],
  indexes: [{ fields: ['org', 'place'] }],
  // What is compared depends on the rules as it depends on instances.
  topic: 'instances',
  hintId: (doc) => (doc.place === ORGANIZATION_PLACE ? undefined : doc.place),
  keys: ({ data }) => [data.ruleId],
  project: (doc, event, id) => {
    if (event.type === 'IgnoreRuleDeleted') return undefined
    const { name, match, reason, enabled, by, instanceId } = event.data
    const now = { name, match, reason, enabled, changedBy: by, changedAt: event.time }
    if (event.type === 'IgnoreRuleCreated') {
      const place = instanceId ?? ORGANIZATION_PLACE
      return { _id: id, org: event.organization, place, ...now, createdBy: by, createdAt: event.time, revision: 0 }
    }
    return doc && { ...doc, ...now, revision: doc.revision + 1 }
  },
})

/** Reads of an organization's rules. */
export interface IgnoreRuleModels {
  all(organization: string): Promise<IgnoreRuleDoc[]>
  rule(organization: string, id: string): Promise<IgnoreRuleDoc | undefined>
  /** Rules that are switched on, of the organization and of these instances. */
  inForce(organization: string, instanceIds: readonly string[]): Promise<RuleInForce[]>
}

const toRuleInForce = ({ _id: id, place, name, match, reason, revision }: IgnoreRuleDoc): RuleInForce => ({
  id,
  name,
  match,
  reason,
  revision,
  ...(place === ORGANIZATION_PLACE ? {} : { instanceId: place }),
})

/** Opens the read model of rules. */
export const openIgnoreRuleModels = (models: ReadModels): IgnoreRuleModels => {
  const { name, indexes } = ignoreRulesProjection
  const rules = async (): Promise<Collection<IgnoreRuleDoc>> =>
    await models.collection<IgnoreRuleDoc>(name, { indexes })
  return {
    all: async (org) => await (await rules()).find({ org }),
    rule: async (org, id) => {
      const doc = await (await rules()).get(id)
      return doc?.org === org ? doc : undefined
    },
    inForce: async (org, instanceIds) => {
      const found = await (await rules()).find({ org, place: { $in: [ORGANIZATION_PLACE, ...instanceIds] } })
      return found
        .filter(({ enabled }) => enabled)
        .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
        .map(toRuleInForce)
    },
  }
}
