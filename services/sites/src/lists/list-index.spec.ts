import type { RuleInForce } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createListIndex } from './list-index.ts'
import { configFacts, kindKey } from './list-row.ts'
import { aConfig, allKnown, anInstance, aWorkload } from './lists.fixtures.ts'

const dev = anInstance({ number: 1, rank: 0, name: 'shop dev' })
const staging = anInstance({ number: 2, rank: 1, name: 'shop staging' })
const production = anInstance({ number: 3, rank: 2, name: 'shop production' })

const indexOf = (...instances: (typeof dev)[]) => {
  const index = createListIndex()
  index.setInstances(instances)
  for (const instance of instances) index.setCoverage(instance.id, allKnown(index, instance))
  return index
}
const cart = (digest: string, image = 'cart:1') =>
  aWorkload({ kind: 'Deployment', name: 'cart', digest, images: { cart: image } })
const drift = (index: ReturnType<typeof indexOf>, instance: typeof dev, kind = 'Deployment', name = 'cart') =>
  index.row(instance.id, kind, name)?.drift

describe('drift', () => {
  it('follows what happens in the neighbour', () => {
    const index = indexOf(dev, staging)
    index.put(staging.id, cart('a'))
    expect(drift(index, staging)).toBe('only-here')
    index.put(dev.id, cart('a'))
    expect([drift(index, dev), drift(index, staging)]).toEqual(['not-compared', 'same'])
    index.put(dev.id, cart('b'))
    expect(drift(index, staging)).toBe('differs')
    index.put(dev.id, cart('c', 'cart:2'))
    expect(drift(index, staging)).toBe('images-differ')
    index.remove(dev.id, 'Deployment', 'cart')
    expect(drift(index, staging)).toBe('only-here')
  })

  it('takes two ways to write an image for the same', () => {
    const index = indexOf(dev, staging)
    index.put(dev.id, cart('a', 'nginx'))
    index.put(staging.id, cart('b', 'docker.io/library/nginx:latest'))
    expect(drift(index, staging)).toBe('differs')
  })

  it('is unknown until the neighbour is known', () => {
    const index = createListIndex()
    index.setInstances([dev, staging])
    index.put(staging.id, cart('a'))
    expect(drift(index, staging)).toBe('unknown')
    index.setCoverage(dev.id, allKnown(index, dev))
    expect(drift(index, staging)).toBe('only-here')
  })

  it('follows an object of the neighbour that is not shown', () => {
    const index = indexOf(dev, staging)
    let isThere = true
    index.setCoverage(dev.id, { signature: 'left out', isAbsent: () => !isThere, knowsWorkloads: true })
    index.put(staging.id, cart('a'))
    expect(drift(index, staging)).toBe('unknown')
    isThere = false
    index.remove(dev.id, 'Deployment', 'cart')
    expect(drift(index, staging)).toBe('only-here')
  })

  it('follows instances that come, move and go', () => {
    const index = indexOf(dev, production)
    index.put(dev.id, cart('a'))
    index.put(production.id, cart('b'))
    expect(drift(index, production)).toBe('differs')
    index.setInstances([dev, staging, production])
    index.setCoverage(staging.id, allKnown(index, staging))
    expect(drift(index, production)).toBe('only-here')
    index.put(staging.id, cart('b'))
    expect(drift(index, production)).toBe('same')
    index.setInstances([production])
    expect([drift(index, production), index.workloads.size()]).toEqual(['not-compared', 1])
  })
})

describe('drift under rules that ignore', () => {
  const cartOf = (level: string, image = 'cart:1', labels = {}) => {
    const containers = { cart: { image, env: { LOG_LEVEL: { value: level } } } }
    const content = { kind: 'Deployment', labels, containers }
    return aWorkload({
      kind: 'Deployment',
      name: 'cart',
      digest: JSON.stringify(content),
      content,
      images: { cart: image },
    })
  }
  const rule = (sketch: Partial<RuleInForce['match']> = {}, instanceId?: string): RuleInForce => ({
    id: '6f1c3a52-aaaa-4a6e-9d43-0a5a2f6a9f0a',
    name: 'a rule',
    reason: 'Every environment logs as much as it needs',
    revision: 0,
    match: { kinds: [], names: [], paths: ['containers[*].env[LOG_LEVEL]'], ...sketch },
    ...(instanceId === undefined ? {} : { instanceId }),
  })
  const apply = (index: ReturnType<typeof indexOf>, ...rules: RuleInForce[]) => {
    for (const step of index.setRules(rules)) step()
  }

  it('is there only where something else differs, and again when the rule goes', () => {
    const index = indexOf(dev, staging)
    index.put(dev.id, cartOf('debug'))
    index.put(staging.id, cartOf('info'))
    expect(drift(index, staging)).toBe('differs')
    const before = index.version()
    apply(index, rule())
    expect(drift(index, staging)).toBe('ignored')
    expect(index.version()).toBeGreaterThan(before)
    index.put(dev.id, cartOf('debug', 'cart:2'))
    expect(drift(index, staging)).toBe('images-differ')
    index.put(dev.id, cartOf('info'))
    expect(drift(index, staging)).toBe('same')
    index.put(dev.id, cartOf('warn'))
    expect(drift(index, staging)).toBe('ignored')
    apply(index)
    expect(drift(index, staging)).toBe('differs')
  })

  it('speaks of images only where one is left', () => {
    const index = indexOf(dev, staging)
    index.put(dev.id, cartOf('debug', 'cart:2'))
    index.put(staging.id, cartOf('info', 'cart:1'))
    apply(index, rule({ paths: ['containers[*].image'] }))
    expect(drift(index, staging)).toBe('differs')
    apply(index, rule({ paths: ['containers[*].image', 'containers[*].env'] }))
    expect(drift(index, staging)).toBe('ignored')
  })

  it('heeds whom a rule is about', () => {
    const index = indexOf(dev, staging, production)
    for (const [instance, level] of [
      [dev, 'debug'],
      [staging, 'info'],
      [production, 'warn'],
    ] as const)
      index.put(instance.id, cartOf(level, 'cart:1', level === 'info' ? { tier: 'web' } : {}))
    const drifts = () => [drift(index, staging), drift(index, production)]
    apply(index, rule({ names: ['basket'] }))
    expect(drifts()).toEqual(['differs', 'differs'])
    apply(index, rule({ paths: ['containers[*].env', 'labels'] }, dev.id))
    expect(drifts()).toEqual(['ignored', 'differs'])
    apply(index, rule({ paths: ['containers[*].env', 'labels'] }, production.id))
    expect(drifts()).toEqual(['differs', 'ignored'])
    apply(index, rule({ labels: 'tier=web', paths: [] }))
    expect(drifts()).toEqual(['ignored', 'ignored'])
    apply(index, rule({ labels: 'tier=db', paths: [] }))
    expect(drifts()).toEqual(['differs', 'differs'])
  })

  it('takes one that is only here for ignored when the whole object is', () => {
    const index = indexOf(dev, staging)
    index.put(staging.id, cartOf('info'))
    apply(index, rule())
    expect(drift(index, staging)).toBe('only-here')
    apply(index, rule({ kinds: ['Deployment'], paths: [] }))
    expect(drift(index, staging)).toBe('ignored')
  })

  it('is looked at row by row, whatever happens in between', () => {
    const index = indexOf(dev, staging)
    index.put(dev.id, cartOf('debug'))
    index.put(staging.id, cartOf('info'))
    const steps = index.setRules([rule()])
    expect(drift(index, staging)).toBe('differs')
    index.setInstances([dev])
    for (const step of steps) step()
    expect([index.workloads.size(), drift(index, staging)]).toEqual([1, undefined])
  })
})

describe('a kind that is only shown', () => {
  const kruise = { kind: 'StatefulSet', apiVersion: 'apps.kruise.io/v1beta1', digest: undefined }

  it('is compared with nothing, and is another than the built-in one of its name', () => {
    const index = indexOf(dev, staging)
    for (const { id } of [dev, staging]) {
      index.put(id, aWorkload({ kind: 'StatefulSet', name: 'db' }))
      index.put(id, aWorkload({ ...kruise, name: 'db' }))
    }
    expect(index.workloads.size()).toBe(4)
    const key = kindKey(kruise)
    expect([drift(index, staging, 'StatefulSet', 'db'), drift(index, staging, key, 'db')]).toEqual([
      'same',
      'not-compared',
    ])
    index.remove(staging.id, key, 'db')
    expect([index.workloads.size(), drift(index, staging, key, 'db')]).toEqual([3, undefined])
  })
})

describe('two workloads of one kind and name in one instance', () => {
  const kruise = { kind: 'DaemonSet', apiVersion: 'apps.kruise.io/v1alpha1', digest: undefined, name: 'agent' }
  const native = (digest: string) => aWorkload({ kind: 'DaemonSet', name: 'agent', digest })
  const all = { sort: 'name', direction: 'asc', chosen: {}, test: undefined } as const
  const shown = (index: ReturnType<typeof indexOf>) =>
    index.workloads.find(all).rows.map(({ object }) => `${kindKey(object)} ${object.digest}`)

  it('stand in the list once each, whichever changes or goes', () => {
    const index = indexOf(dev)
    index.put(dev.id, aWorkload(kruise))
    index.put(dev.id, native('a'))
    expect(shown(index)).toEqual(['DaemonSet a', 'apps.kruise.io/v1alpha1 DaemonSet undefined'])
    // Both change between two questions, in either order.
    index.put(dev.id, native('b'))
    index.put(dev.id, aWorkload(kruise))
    expect(shown(index)).toEqual(['DaemonSet b', 'apps.kruise.io/v1alpha1 DaemonSet undefined'])
    index.put(dev.id, aWorkload(kruise))
    index.put(dev.id, native('c'))
    expect(shown(index)).toEqual(['DaemonSet c', 'apps.kruise.io/v1alpha1 DaemonSet undefined'])
    index.remove(dev.id, kindKey(kruise), 'agent')
    expect(shown(index)).toEqual(['DaemonSet c'])
    index.put(dev.id, aWorkload(kruise))
    expect(shown(index)).toHaveLength(2)
    index.remove(dev.id, 'DaemonSet', 'agent')
    expect(shown(index)).toEqual(['apps.kruise.io/v1alpha1 DaemonSet undefined'])
  })
})

describe('a name', () => {
  it('of an instance or environment is the new one in every row', () => {
    const index = indexOf(dev, staging)
    index.put(staging.id, cart('a'))
    const renamed = { ...staging, name: 'store', environment: { ...staging.environment, name: 'QA' } }
    index.setInstances([dev, renamed])
    expect(index.row(staging.id, 'Deployment', 'cart')?.instance).toEqual(renamed)
  })
})

describe('a ConfigMap', () => {
  const settings = aConfig({ kind: 'ConfigMap', name: 'settings', keys: { 'theme.json': 'x', level: 'y' } })
  const reader = (name: string, ...configs: string[]) =>
    aWorkload({
      kind: 'Deployment',
      name,
      references: configs.map((config) => ({ kind: 'ConfigMap', name: config, via: 'pod', optional: false })),
    })
  const usedBy = (index: ReturnType<typeof indexOf>) => {
    const row = index.row(dev.id, 'ConfigMap', 'settings')
    return row !== undefined && 'usedBy' in row ? row.usedBy : expect.fail('it is not listed')
  }

  it('counts who reads it, whichever comes first', () => {
    const index = indexOf(dev)
    index.put(dev.id, reader('cart', 'settings', 'settings', 'other'))
    index.put(dev.id, settings)
    expect(usedBy(index)).toBe(1)
    index.put(dev.id, reader('web', 'settings'))
    expect(usedBy(index)).toBe(2)
    index.put(dev.id, reader('cart'))
    index.remove(dev.id, 'Deployment', 'web')
    expect(usedBy(index)).toBe(0)
  })

  it('does not say that nobody reads it while workloads are not known', () => {
    const index = indexOf(dev)
    index.put(dev.id, settings)
    index.setCoverage(dev.id, { ...allKnown(index, dev), signature: 'no workloads', knowsWorkloads: false })
    expect(usedBy(index)).toBeUndefined()
  })
})

describe('what is read from content', () => {
  it('is the size of a ConfigMap, and of a Secret its type alone', () => {
    const data = { 'theme.json': 'ä', level: 'debug' }
    expect(configFacts({ kind: 'ConfigMap', content: { data, binaryData: { logo: 'AAAA' } } })).toEqual({
      type: '',
      bytes: 10 + 2 + 5 + 5 + 4 + 3,
    })
    expect(configFacts({ kind: 'Secret', content: { data: { token: 'hmac:1' } } })).toEqual({ type: 'Opaque' })
    expect(configFacts({ kind: 'Secret', content: { type: 'kubernetes.io/tls' } }).type).toBe('kubernetes.io/tls')
  })
})

describe('an index', () => {
  const places = [dev, staging, production]
  const step = fc.record({
    at: fc.nat(places.length - 1),
    kind: fc.constantFrom('Deployment', 'ConfigMap'),
    name: fc.constantFrom('a', 'b', 'c'),
    digest: fc.constantFrom('1', '2'),
    reads: fc.subarray(['a', 'b', 'c']),
    does: fc.constantFrom('put', 'put', 'put', 'remove', 'forget', 'know', 'leave', 'come', 'ignore', 'heed'),
  })
  const rules = [
    {
      id: '6f1c3a52-aaaa-4a6e-9d43-0a5a2f6a9f0a',
      name: 'a rule',
      reason: 'Known',
      revision: 0,
      match: { kinds: [], names: ['a', 'b'], paths: [] },
      instanceId: production.id,
    },
  ]
  const seenIn = ({ kind, name, digest, reads }: typeof step extends fc.Arbitrary<infer T> ? T : never) =>
    kind === 'ConfigMap'
      ? aConfig({ kind, name, digest })
      : aWorkload({
          kind,
          name,
          digest,
          references: reads.map((read) => ({ kind: 'ConfigMap', name: read, via: 'pod', optional: false })),
        })
  const shown = (index: ReturnType<typeof createListIndex>) => {
    const all = { sort: 'name', direction: 'asc', chosen: {}, test: undefined } as const
    const plain = ({
      instance,
      object,
      drift: state,
    }: {
      instance: typeof dev
      object: { kind: string; name: string; digest?: string | undefined }
      drift: string
    }) => [instance.name, object.kind, object.name, object.digest, state].join(' ')
    return [
      ...index.workloads.find(all).rows.map(plain),
      ...index.configs.find(all).rows.map((row) => `${plain(row)} ${row.usedBy}`),
    ]
  }

  it('shows the same after any changes as one that was told the end alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const index = createListIndex()
        const objects = new Map<string, ReturnType<typeof seenIn>>()
        const here = new Set(places)
        const known = new Set<string>()
        let inForce: typeof rules = []
        const apply = (to: ReturnType<typeof createListIndex>) => {
          for (const look of to.setRules(inForce)) look()
        }
        const coverage = (id: string, isKnown: boolean) => ({
          signature: String(isKnown),
          isAbsent: (kind: string, name: string) => isKnown && !objects.has(`${id} ${kind} ${name}`),
          knowsWorkloads: isKnown,
        })
        const instances = () => places.filter((each) => here.has(each))
        index.setInstances(instances())
        for (const each of steps) {
          const instance = places[each.at] ?? dev
          const { id } = instance
          const key = `${id} ${each.kind} ${each.name}`
          if (each.does === 'ignore' || each.does === 'heed') {
            inForce = each.does === 'ignore' ? rules : []
            apply(index)
          } else if (each.does === 'leave') {
            here.delete(instance)
            known.delete(id)
            for (const old of objects.keys()) if (old.startsWith(id)) objects.delete(old)
            index.setInstances(instances())
          } else if (each.does === 'come') {
            here.add(instance)
            index.setInstances(instances())
          } else if (!here.has(instance)) {
          } else if (each.does === 'put') {
            objects.set(key, seenIn(each))
            index.put(id, seenIn(each))
          } else if (each.does === 'remove') {
            objects.delete(key)
            index.remove(id, each.kind, each.name)
          } else {
            if (each.does === 'know') known.add(id)
            else known.delete(id)
            index.setCoverage(id, coverage(id, known.has(id)))
          }
        }
        const fresh = createListIndex()
        fresh.setInstances(instances())
        apply(fresh)
        for (const [key, seen] of objects) fresh.put(key.split(' ')[0] ?? '', seen)
        for (const { id } of instances()) fresh.setCoverage(id, coverage(id, known.has(id)))
        expect(shown(index)).toEqual(shown(fresh))
      }),
      { seed: 20261126, numRuns: 400 },
    )
  })
})
