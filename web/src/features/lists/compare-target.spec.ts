import { describe, expect, it } from 'vitest'
import { compareTarget } from './compare-target.ts'
import type { ListedInstance, ListRow } from './list-screens.ts'

const listed = (id: string, rank: number, neighbour?: string): ListedInstance => ({
  instance: {
    id,
    name: id,
    environment: { id: `e-${rank}`, name: `E${rank}`, colour: '#000000', rank, protected: false },
    site: { id: 's', name: 'Site' },
    cluster: { id: 'c', name: 'cluster' },
    namespace: 'shop',
    revision: 0,
  },
  state: 'complete',
  stale: false,
  kinds: [],
  ...(neighbour === undefined ? {} : { neighbour: { id: neighbour, name: neighbour } }),
})
const row = (instanceId: string, name: string, kind = 'Deployment'): ListRow => ({
  instanceId,
  kind,
  name,
  uid: name,
  digest: '',
  drift: 'same',
})
const instances = [listed('prod', 2, 'staging'), listed('dev', 0), listed('staging', 1, 'dev')]

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
