import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countItems, finalState } from './counts.ts'
import { planHashOf } from './plan-hash.ts'
import { type SyncEvent, syncEventSchemas } from './sync.events.ts'
import {
  ada,
  cartItem,
  dev,
  everyEvent,
  planned,
  production,
  settingsItem,
  started,
  syncId,
  upToPlan,
} from './sync.fixtures.ts'
import { evolveSync, expandItems, type Item, initialSync } from './sync.ts'

const fold = (events: readonly SyncEvent[]) => events.reduce(evolveSync, initialSync)

describe('a sync', () => {
  it('writes config before workloads', () => {
    expect([...fold(upToPlan()).items.keys()]).toEqual([settingsItem, cartItem])
  })

  it('is planned when its plan is closed, and executing when a person starts it', () => {
    expect(fold(upToPlan()).state).toBe('planned')
    expect(fold([...upToPlan(), started()])).toMatchObject({
      state: 'executing',
      executedBy: ada,
      planHash: 'sha256:plan',
    })
  })

  it.each([
    ['ItemWriteStarted', 'writing'],
    ['ItemWritten', 'rolling-out'],
    ['ItemRolledOut', 'done'],
    ['ItemConflicted', 'conflict'],
    ['ItemFailed', 'failed'],
    ['ItemCancelled', 'cancelled'],
  ])('has its item after %s as %s', (type, state) => {
    const event = everyEvent().find((each) => each.type === type) as SyncEvent & { data: { itemId: string } }
    expect(fold([...upToPlan(), event]).items.get(event.data.itemId)?.state).toBe(state)
  })

  it('ignores events of items that it does not have', () => {
    const before = fold(upToPlan())
    expect(evolveSync(before, { type: 'ItemCancelled', data: { itemId: syncId, reason: '' } })).toEqual(before)
  })

  it('declares a schema for each event, and each sample fits it', () => {
    const samples = everyEvent()
    expect(new Set(samples.map(({ type }) => type))).toEqual(new Set(Object.keys(syncEventSchemas)))
    for (const { type, data } of samples) expect(syncEventSchemas[type].parse(data)).toEqual(data)
  })
})

describe('the end of a sync', () => {
  const stateOf = fc.constantFrom<Item['state']>('done', 'failed', 'conflict', 'cancelled', 'unchanged', 'refused')
  it('is completed only when nothing went wrong, failed only when nothing went well', () => {
    fc.assert(
      fc.property(fc.array(stateOf, { minLength: 1 }), (states) => {
        const end = finalState(countItems(states.map((state) => ({ state }))))
        const [bad, good] = [
          states.filter((state) => state === 'failed' || state === 'conflict' || state === 'refused').length,
          states.filter((state) => state === 'done').length,
        ]
        if (states.includes('cancelled')) expect(end).toBe('cancelled')
        else if (bad === 0) expect(end).toBe('completed')
        else expect(end).toBe(good > 0 ? 'partially-completed' : 'failed')
      }),
    )
  })
})

describe('the hash of a plan', () => {
  it('changes with what will be written, and with nothing that happens afterwards', () => {
    const plan = fold(upToPlan())
    expect(planHashOf(plan.items.values())).toBe(
      planHashOf(fold([...upToPlan(), planned('2030-01-01T00:00:00.000Z')]).items.values()),
    )
    const [other] = expandItems(
      syncId,
      [production],
      [{ object: { kind: 'Deployment', name: 'other' }, selection: { mode: 'images' } }],
    )
    expect(planHashOf([...plan.items.values(), other as Item])).not.toBe(planHashOf(plan.items.values()))
    expect(planHashOf([...plan.items.values()].map((item) => ({ ...item, target: dev })))).not.toBe(
      planHashOf(plan.items.values()),
    )
  })
  it('names the item of cart the same every time', () => {
    expect(cartItem).toBe(
      expandItems(
        syncId,
        [production],
        [{ object: { kind: 'Deployment', name: 'cart' }, selection: { mode: 'images' } }],
      )[0]?.id,
    )
  })
})
