import { decider, projection, stored } from '@rancher-hub/domain/testing'
import { describe, it } from 'vitest'
import {
  type CreateIgnoreRule,
  decideCreateIgnoreRule,
  decideDeleteIgnoreRule,
  decideEditIgnoreRule,
} from './decide-ignore-rules.ts'
import { ignoreRulesProjection } from './ignore-rules.projection.ts'
import { type IgnoreRuleEvent, ignoreRules } from './ignore-rules.ts'

const ada = { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada' }
const ruleId = '6f1c3a52-aaaa-4a6e-9d43-0a5a2f6a9f0a'
const otherId = '6f1c3a52-bbbb-4a6e-9d43-0a5a2f6a9f0b'
const instanceId = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const match = { kinds: ['ConfigMap' as const], names: ['feature-*'], labels: 'tier=web,app=shop', paths: ['data[*]'] }
const name = 'ConfigMap feature-* (tier=web,app=shop): data[*]'
const command: CreateIgnoreRule = { ruleId, match, reason: 'Flags differ', enabled: true, by: ada }
const created = (change: Partial<CreateIgnoreRule> & { name?: string } = {}): IgnoreRuleEvent => ({
  type: 'IgnoreRuleCreated',
  data: { ...command, name, ...change },
})

const creating = decider({ ...ignoreRules, decide: decideCreateIgnoreRule })
const editing = decider({ ...ignoreRules, decide: decideEditIgnoreRule })
const deleting = decider({ ...ignoreRules, decide: decideDeleteIgnoreRule })

describe('a rule that ignores', () => {
  it('is created with what it ignores in a few words', () => {
    creating.given().when(command).then(created())
    creating
      .given()
      .when({ ...command, instanceId })
      .then(created({ instanceId }))
  })
  it('is there once, however it is written', () => {
    const again = { ...match, labels: 'app in (shop),tier==web', names: ['feature-*', 'feature-*'] }
    creating
      .given(created({ ruleId: otherId }))
      .when({ ...command, match: again })
      .thenRejected('same-rule', { ruleId: otherId })
    creating
      .given(created({ ruleId: otherId }))
      .when({ ...command, match: { ...match, labels: undefined } })
      .then(created({ match: { ...match, labels: undefined }, name: 'ConfigMap feature-*: data[*]' }))
  })
  it('finds room for so many beside it', () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      created({
        ruleId: `6f1c3a52-0000-4a6e-9d43-${String(index).padStart(12, '0')}`,
        match: { ...match, names: [`n${index}`] },
      }),
    )
    creating
      .given(...many)
      .when(command)
      .thenRejected('too-many-rules')
  })
  it('is edited by who saw it as it is', () => {
    const off: IgnoreRuleEvent = {
      type: 'IgnoreRuleEdited',
      data: { ruleId, name, match, reason: 'Flags differ', enabled: false, by: ada },
    }
    editing.given(created()).when({ ruleId, enabled: false, revision: 0, by: ada }).then(off)
    editing.given(created(), off).when({ ruleId, reason: 'x', revision: 0, by: ada }).thenRejected('changed-meanwhile')
    editing.given(created()).when({ ruleId, match, by: ada }).thenNothing()
    editing.given().when({ ruleId, by: ada }).thenRejected('not-found')
    editing
      .given(created(), created({ ruleId: otherId, match: { ...match, names: ['x'] } }))
      .when({ ruleId, match: { ...match, names: ['x'] }, by: ada })
      .thenRejected('same-rule', { ruleId: otherId })
  })
  it('is deleted once', () => {
    const gone: IgnoreRuleEvent = { type: 'IgnoreRuleDeleted', data: { ruleId, name, by: ada } }
    deleting.given(created()).when({ ruleId, by: ada }).then(gone)
    deleting.given(created(), gone).when({ ruleId, by: ada }).thenRejected('not-found')
    deleting.given(created()).when({ ruleId, by: ada, revision: 4 }).thenRejected('changed-meanwhile')
  })
  it('is listed with who made and who changed it', () => {
    const bob = { id: otherId, name: 'Bob' }
    const edited: IgnoreRuleEvent = {
      type: 'IgnoreRuleEdited',
      data: { ruleId, instanceId, name: 'all', match, reason: 'x', enabled: false, by: bob },
    }
    const then = '2026-11-25T10:00:00.000Z'
    projection(ignoreRulesProjection)
      .given(stored(created({ instanceId })), stored(edited, { time: then }))
      .then({
        [ruleId]: {
          _id: ruleId,
          org: 'org',
          place: instanceId,
          name: 'all',
          match,
          reason: 'x',
          enabled: false,
          createdBy: ada,
          createdAt: '2026-11-24T10:00:00.000Z',
          changedBy: bob,
          changedAt: then,
          revision: 1,
        },
      })
  })
})
