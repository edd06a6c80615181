import type { ObjectSummary } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, type Snapshot } from './inventory-snapshots.ts'
import { compareSnapshots } from './rows.ts'
import type { ComparePair, PairOutcome } from './ruled-pairs.ts'

const object = (name: string, digest: string, kind: ObjectSummary['kind'] = 'Deployment'): ObjectSummary => ({
  kind,
  name,
  uid: 'u',
  digest,
  images: {},
  keys: {},
  health: 'healthy',
  autoscaled: false,
})
const snapshot = (objects: readonly ObjectSummary[], state: 'complete' | 'forbidden' = 'complete'): Snapshot => ({
  inventory: { revision: 'r', stale: false, kinds: [{ kind: 'Deployment', state }], hidden: [] },
  objects: new Map(objects.map((each) => [keyOf(each), each])),
})
const nothing: PairOutcome = { differences: {}, ignored: 0, ruleIds: [], isIgnored: false }
const differs: ComparePair = (source, target) =>
  source === undefined || target === undefined ? nothing : { ...nothing, differences: { image: 1 } }
const ruleId = '6f1c3a52-aaaa-4a6e-9d43-0a5a2f6a9f0a'
const ignoring =
  (part: Partial<PairOutcome>): ComparePair =>
  () => ({ ...nothing, ruleIds: [ruleId], ...part })
const states = (source: Snapshot, ...targets: { snapshot: Snapshot; compare: ComparePair }[]) =>
  compareSnapshots(source, targets).map(({ state, cells }) => [state, ...cells.map((cell) => cell.state)])

describe('rows of a comparison', () => {
  const a1 = snapshot([object('a', '1')])
  const a2 = snapshot([object('a', '2')])
  const none = snapshot([])

  it('tell what differs, is missing, or stands alone', () => {
    expect(states(a1, { snapshot: a2, compare: differs })).toEqual([['differs', 'same', 'differs']])
    expect(states(a1, { snapshot: none, compare: differs })).toEqual([['missing', 'same', 'missing']])
    expect(states(none, { snapshot: a1, compare: differs })).toEqual([['missing', 'missing', 'extra']])
    expect(states(a1, { snapshot: snapshot([], 'forbidden'), compare: differs })).toEqual([
      ['unknown', 'same', 'unknown'],
    ])
  })

  it('are ignored where a rule ignores the whole object, and say what they would be', () => {
    const compare = ignoring({ isIgnored: true, ignored: 2 })
    expect(compareSnapshots(a1, [{ snapshot: a2, compare }])).toMatchObject([
      {
        state: 'ignored',
        cells: [{}, { state: 'ignored', ignored: { count: 2, instead: 'differs', ruleIds: [ruleId] } }],
      },
    ])
    expect(compareSnapshots(a1, [{ snapshot: none, compare }])).toMatchObject([
      { state: 'ignored', cells: [{}, { state: 'ignored', ignored: { instead: 'missing' } }] },
    ])
    expect(compareSnapshots(none, [{ snapshot: a1, compare }])).toMatchObject([
      { state: 'ignored', cells: [{}, { state: 'ignored', ignored: { instead: 'extra' } }] },
    ])
  })

  it('are the same but for what is ignored, where nothing else differs', () => {
    const compare = ignoring({ ignored: 3 })
    expect(compareSnapshots(a1, [{ snapshot: a2, compare }])).toMatchObject([
      { state: 'ignored', cells: [{}, { state: 'same', ignored: { count: 3 } }] },
    ])
  })

  it('differ where another instance differs, though a rule hides it in one', () => {
    const hidden = { snapshot: a2, compare: ignoring({ isIgnored: true, ignored: 1 }) }
    expect(states(a1, hidden, { snapshot: a2, compare: differs })).toEqual([['differs', 'same', 'ignored', 'differs']])
    expect(states(a1, hidden, { snapshot: a1, compare: differs })).toEqual([['ignored', 'same', 'ignored', 'same']])
    // Absent on both sides is no difference.
    expect(
      states(none, { snapshot: a1, compare: ignoring({ isIgnored: true }) }, { snapshot: none, compare: differs }),
    ).toEqual([['ignored', 'missing', 'ignored', 'missing']])
  })

  it('say nothing of rules where there are none', () => {
    const objects = fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2')).map(([name, digest]) => object(name, digest)),
      { selector: ({ name }) => name },
    )
    fc.assert(
      fc.property(objects, objects, objects, (source, first, second) => {
        const rows = compareSnapshots(
          snapshot(source),
          [first, second].map((each) => ({ snapshot: snapshot(each), compare: differs })),
        )
        const all = new Set([...source, ...first, ...second].map(({ name }) => name))
        expect(rows.map(({ name }) => name)).toEqual([...all].sort())
        for (const { state, cells } of rows) {
          expect(state).not.toBe('ignored')
          expect(cells.every(({ ignored, state: own }) => ignored === undefined && own !== 'ignored')).toBe(true)
        }
      }),
    )
  })
})
