import { describe, expect, it } from 'vitest'
import { isListedAtOnce, isSharable, isSharingCheaper, isWorthKeeping, mayShare, selectOf } from './watch-plan.ts'

describe('the plan of a watch', () => {
  it.each([
    ['two inventories', { sharers: 2, bound: 300, total: 300 }, false],
    ['three inventories that own everything', { sharers: 3, bound: 300, total: 300 }, true],
    ['a third of the cluster', { sharers: 3, bound: 300, total: 900 }, true],
    ['less than a third of the cluster', { sharers: 3, bound: 300, total: 901 }, false],
    ['few objects in all', { sharers: 3, bound: 0, total: 50 }, true],
    ['nothing bound in a cluster with many', { sharers: 20, bound: 0, total: 51 }, false],
    ['a server that does not say how many', { sharers: 20, bound: 300, total: undefined }, false],
  ])('with %s', (_name, facts, shared) => expect(isSharingCheaper(facts)).toBe(shared))

  it('begins with three inventories and ends below two', () => {
    expect([1, 2, 3].map(mayShare)).toEqual([false, false, true])
    expect([1, 2, 3].map(isWorthKeeping)).toEqual([false, true, true])
  })

  it('collects no long list in memory', () => {
    expect([isListedAtOnce(5_000), isListedAtOnce(5_001)]).toEqual([true, false])
  })

  it('shares no Secrets, and nothing that is selected', () => {
    expect(isSharable('ConfigMap', undefined)).toBe(true)
    expect(isSharable('Secret', undefined)).toBe(false)
    expect(isSharable('ConfigMap', { labels: 'app=web' })).toBe(false)
  })

  it('selects what carries the labels of an app, and not what controllers make', () => {
    expect(selectOf('Deployment', 'app=web')).toEqual({ labels: 'app=web' })
    expect(selectOf('Secret', 'app=web')).toEqual({ labels: 'app=web' })
    expect(['Pod', 'ReplicaSet', 'HorizontalPodAutoscaler'].map((kind) => selectOf(kind as 'Pod', 'app=web'))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(selectOf('Deployment', undefined)).toBeUndefined()
  })
})
