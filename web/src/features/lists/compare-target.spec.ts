import { describe, expect, it } from 'vitest'
import { compareTarget } from './compare-target.ts'
import type { ListRow } from './list-screens.ts'

const row = (instanceId: string, name: string, kind = 'Deployment'): ListRow => ({
  instanceId,
  kind,
  name,
  uid: name,
  digest: '',
  drift: 'same',
})
const ranks: Readonly<Record<string, number>> = { dev: 0, staging: 1, prod: 2 }
const before: Readonly<Record<string, string>> = { staging: 'dev', prod: 'staging' }
const instances = { rankOf: (id: string) => ranks[id], neighbourOf: (id: string) => before[id] }

describe('the way from ticked rows to a comparison', () => {
  it('takes their instances in the order of environments, and their name and kinds', () => {
    expect(compareTarget([row('prod', 'cart'), row('dev', 'cart')], instances).query).toEqual({
      instances: 'dev,prod',
      text: 'cart',
      kind: 'Deployment',
      state: 'all',
    })
  })

  it('names no text for several names, and no kind that is not compared', () => {
    expect(compareTarget([row('prod', 'cart', 'Rollout'), row('dev', 'pricing', 'Rollout')], instances).query).toEqual({
      instances: 'dev,prod',
      state: 'all',
    })
  })

  it('compares one instance with the one before it', () => {
    expect(compareTarget([row('prod', 'cart')], instances).query.instances).toBe('staging,prod')
    expect(compareTarget([row('dev', 'cart')], instances).query.instances).toBe('dev')
  })
})
