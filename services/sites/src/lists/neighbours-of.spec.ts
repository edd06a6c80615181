import type { AppInstance } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { anInstance } from './lists.fixtures.ts'
import { neighboursOf } from './neighbours-of.ts'

const pairs = (...instances: AppInstance[]): string[] =>
  [...neighboursOf(instances)].map(([id, neighbour]) => {
    const name = instances.find((each) => each.id === id)?.name
    return `${name} → ${neighbour.name}`
  })
const instance = (number: number, rank: number, name: string, namespace: string): AppInstance =>
  anInstance({ number, rank, name, namespace })

describe('the neighbour of an instance', () => {
  it('is in the nearest earlier environment', () => {
    expect(
      pairs(instance(1, 0, 'dev', 'shop'), instance(2, 1, 'staging', 'shop'), instance(3, 2, 'production', 'shop')),
    ).toEqual(['production → staging', 'staging → dev'])
  })

  it('has the same namespace, before the same name', () => {
    expect(
      pairs(instance(1, 0, 'billing', 'shop'), instance(2, 0, 'shop', 'store'), instance(3, 1, 'shop', 'shop')),
    ).toEqual(['shop → billing'])
  })

  it('has the same name apart from the environment’s, where namespaces differ', () => {
    expect(
      pairs(
        instance(1, 0, 'shop (env 0)', 'shop-dev'),
        instance(2, 0, 'billing (env 0)', 'billing-dev'),
        instance(3, 1, 'Billing env 1', 'billing-prod'),
        instance(4, 1, 'env 1: shop', 'shop-prod'),
      ),
    ).toEqual(['Billing env 1 → billing (env 0)', 'env 1: shop → shop (env 0)'])
  })

  it('is the only one of its environment, where both environments have one', () => {
    expect(pairs(instance(1, 0, 'a', 'x'), instance(2, 1, 'b', 'y'))).toEqual(['b → a'])
    expect(pairs(instance(1, 0, 'a', 'x'), instance(2, 1, 'b', 'y'), instance(3, 1, 'c', 'z'))).toEqual([])
  })

  it('is looked for further back, where the nearest environment has none', () => {
    expect(
      pairs(
        instance(1, 0, 'shop', 'shop'),
        instance(2, 1, 'other', 'other'),
        instance(3, 1, 'more', 'more'),
        instance(4, 2, 'shop', 'shop'),
      ),
    ).toEqual(['shop → shop'])
  })

  it('is none in the first environment, and never one of the same', () => {
    expect(pairs(instance(1, 0, 'a', 'shop'), instance(2, 0, 'b', 'shop'))).toEqual([])
  })
})
