import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareObjects } from './compare.ts'
import { formatPath, parsePath } from './field-path.ts'
import { globMatches, parseGlob } from './glob.ts'
import {
  appliesTo,
  compareUnderRules,
  compileIgnoreRule,
  exactPathRule,
  type IgnoreMatch,
  ignoreRuleInWords,
} from './ignore-rules.ts'
import type { JsonObject, KubernetesObject } from './kubernetes-object.ts'
import { normalize } from './normalize.ts'
import { configMap, deployment } from './workload.fixtures.ts'

const rule = (match: Partial<IgnoreMatch>) =>
  compileIgnoreRule({ match: { kinds: [], names: [], paths: [], ...match } })
const web = (env: Record<string, string>, container: JsonObject = {}, spec: JsonObject = {}): KubernetesObject =>
  deployment(
    [
      {
        name: 'web',
        image: 'shop/web:1',
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        ...container,
      },
    ],
    spec,
  )
const under = (source: KubernetesObject, target: KubernetesObject, ...paths: string[]) => {
  const { differences, ignored } = compareUnderRules(normalize(source), normalize(target), [rule({ paths })])
  return {
    differs: differences.map(({ path }) => path),
    ignored: ignored.map(({ difference }) => difference.path),
    differences,
  }
}

describe('names with wildcards', () => {
  it.each([
    ['feature-*', 'feature-flags', true],
    ['feature-*', 'features', false],
    ['*-config', 'shop-config', true],
    ['shop-?', 'shop-1', true],
    ['shop-?', 'shop-12', false],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a\\*', 'a*', true],
    ['a\\*', 'ab', false],
    ['đơn-*', 'đơn-hàng', true],
  ])('%s and %s: %s', (glob, text, expected) => expect(globMatches(parseGlob(glob), text)).toBe(expected))

  it('take no long time, however many there are', () => {
    expect(globMatches(parseGlob('*a'.repeat(100)), `${'a'.repeat(250)}b`)).toBe(false)
  })
})

describe('a rule for paths', () => {
  it('takes a variable of any container away, and nothing beside it', () => {
    const found = under(
      web({ LOG_LEVEL: 'debug', FAST: 'on' }),
      web({ LOG_LEVEL: 'info', FAST: 'off' }),
      'containers[*].env[LOG_*]',
    )
    expect(found).toMatchObject({ differs: ['containers[web].env[FAST]'], ignored: ['containers[web].env[LOG_LEVEL]'] })
  })
  it('takes everything below it away', () => {
    expect(under(web({ A: '1' }), web({ B: '1' }), 'containers[web].env')).toMatchObject({
      differs: [],
      ignored: ['containers[web].env[A]', 'containers[web].env[B]'],
    })
    expect(under(web({ A: '1' }, {}, { replicas: 3 }), web({}), '*')).toMatchObject({ differs: [] })
  })
  it('hides no container that only one side has', () => {
    const two = deployment([
      { name: 'web', image: 'shop/web:1' },
      { name: 'proxy', image: 'envoy:1' },
    ])
    expect(under(two, web({}), 'containers[*].image')).toMatchObject({ differs: ['containers[proxy]'], ignored: [] })
  })
  it('reaches into values that are compared as a whole', () => {
    const probe = (seconds: number, path: string): JsonObject => ({
      readinessProbe: { httpGet: { path, port: 80 }, initialDelaySeconds: seconds },
    })
    const pattern = 'containers[*].readinessProbe.initialDelaySeconds'
    expect(under(web({}, probe(1, '/')), web({}, probe(9, '/')), pattern)).toMatchObject({
      differs: [],
      ignored: ['containers[web].readinessProbe'],
    })
    const [both] = under(web({}, probe(1, '/a')), web({}, probe(9, '/b')), pattern).differences
    expect(both).toMatchObject({
      path: 'containers[web].readinessProbe',
      selectable: false,
      note: expect.stringContaining('ignored by a rule') as string,
    })
  })
  it('takes a field away that is the only one of its surroundings', () => {
    const affinity = { affinity: { nodeAffinity: { a: 1 } } }
    const source = deployment([{ name: 'web', image: 'shop/web:1' }])
    const withAffinity: KubernetesObject = {
      ...source,
      spec: {
        ...(source['spec'] as JsonObject),
        template: {
          spec: { ...affinity, containers: [{ name: 'web', image: 'shop/web:1' }] },
          metadata: { labels: { app: 'cart' } },
        },
      },
    }
    expect(under(withAffinity, source, 'pod.affinity.nodeAffinity')).toMatchObject({ differs: [] })
  })
  it('names keys with any characters', () => {
    const path = formatPath([{ field: 'data' }, { key: 'a]b\\c*.json' }])
    const found = under(
      configMap({ 'a]b\\c*.json': '1', 'a]b\\cc.json': '1' }),
      configMap({ 'a]b\\c*.json': '2', 'a]b\\cc.json': '2' }),
      exactPathRule(path),
    )
    expect(found).toMatchObject({ ignored: [path], differs: ['data[a]b\\cc.json]'.replace('a]b\\', 'a\\]b\\\\')] })
  })
  it.each(['', '[web]', 'containers[', 'a..b', 'a b', 'spec/replicas', '.a'])('«%s» is none', (path) => {
    expect(() => rule({ paths: [path] })).toThrow('is not a field path')
  })
})

describe('a rule for objects', () => {
  const labelled = normalize(deployment([], {}, { labels: { tier: 'cache' } }))
  const plain = normalize(deployment([]))
  const cart = { kind: 'Deployment', name: 'cart' }
  it.each([
    [{}, true],
    [{ kinds: ['Deployment', 'Secret'] }, true],
    [{ kinds: ['Secret'] }, false],
    [{ names: ['c*'] }, true],
    [{ names: ['shop', 'other-*'] }, false],
    [{ labels: 'tier=cache' }, true],
    [{ labels: 'tier=web' }, false],
    [{ kinds: ['Deployment'], names: ['cart'], labels: 'tier in (cache,web)' }, true],
  ])('%j applies: %s', (match, expected) => {
    expect(appliesTo(rule(match), cart, [plain, labelled])).toBe(expected)
  })
  it('ignores every difference of it', () => {
    const found = compareUnderRules(normalize(web({ A: '1' }, {}, { replicas: 3 })), normalize(web({})), [
      rule({ names: ['cart'] }),
    ])
    expect(found.differences).toEqual([])
    expect(found.ignored).toHaveLength(2)
  })
  it('is told in a few words', () => {
    expect(
      ignoreRuleInWords({ kinds: ['ConfigMap'], names: ['feature-*'], labels: 'tier=cache', paths: ['data[*]'] }),
    ).toBe('ConfigMap feature-* (tier=cache): data[*]')
    expect(ignoreRuleInWords({ kinds: [], names: ['x'.repeat(300)], paths: [] })).toHaveLength(200)
  })
})

describe('any comparison under any rules', () => {
  const name = fc.constantFrom('web', 'proxy', 'A', 'LOG_LEVEL', 'a]b', 'x*')
  const container = fc.record(
    {
      name: fc.constantFrom('web', 'proxy'),
      image: fc.constantFrom('shop:1', 'shop:2'),
      env: fc.uniqueArray(fc.record({ name, value: fc.constantFrom('1', '2') }), { selector: (each) => each.name }),
      resources: fc.record({ limits: fc.dictionary(fc.constantFrom('cpu', 'memory'), fc.constantFrom('1', '2')) }),
      readinessProbe: fc.record({
        initialDelaySeconds: fc.integer({ min: 1, max: 3 }),
        periodSeconds: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { requiredKeys: ['name', 'image'] },
  )
  const object = fc
    .record({
      containers: fc.uniqueArray(container, { selector: (each) => each.name }),
      replicas: fc.integer({ min: 1, max: 3 }),
      labels: fc.dictionary(name, fc.constantFrom('1', '2')),
    })
    .map(({ containers, replicas, labels }) => normalize(deployment(containers, { replicas }, { labels })))
  const known = fc.constantFrom(
    'replicas',
    'labels',
    'labels[*]',
    'containers[*].env[LOG_*]',
    'containers[web].image',
    'containers[*].resources.limits[cpu]',
    'containers[*].readinessProbe.periodSeconds',
    'containers[web]',
    'containers[*].env[A].value',
    'containers.*.image',
    'nothing.here[x]',
  )
  const isAround = (outer: readonly unknown[], inner: readonly unknown[]): boolean =>
    outer.every((step, index) => JSON.stringify(step) === JSON.stringify(inner[index]))

  it('without rules it is the comparison as it was', () => {
    fc.assert(
      fc.property(object, object, (source, target) => {
        expect(compareUnderRules(source, target, [])).toEqual({
          differences: compareObjects(source, target),
          ignored: [],
        })
      }),
    )
  })

  it('lists each difference once, as differing or as ignored, and none that was not there', () => {
    fc.assert(
      fc.property(object, object, fc.array(known, { maxLength: 3 }), (source, target, paths) => {
        const all = compareObjects(source, target).map(({ path }) => path)
        const applying = paths.map((path) => rule({ paths: [path] }))
        const { differences, ignored } = compareUnderRules(source, target, applying)
        const found = [...differences, ...ignored.map(({ difference }) => difference)].map(({ path }) => path)
        expect(found.toSorted()).toEqual(all.toSorted())
      }),
    )
  })

  it('hides nothing outside the paths of a rule', () => {
    fc.assert(
      fc.property(object, object, fc.nat(), (source, target, which) => {
        const all = compareObjects(source, target)
        const chosen = all[which % Math.max(1, all.length)]
        if (chosen === undefined) return
        const { differences, ignored } = compareUnderRules(source, target, [
          rule({ paths: [exactPathRule(chosen.path)] }),
        ])
        expect(ignored.map(({ difference }) => difference.path)).toEqual([chosen.path])
        expect(differences).toEqual(
          all.filter(({ path }) => path !== chosen.path && !isAround(parsePath(chosen.path), parsePath(path))),
        )
      }),
    )
  })

  it('the same with one more rule hides at least as much', () => {
    fc.assert(
      fc.property(object, object, known, known, (source, target, first, second) => {
        const one = compareUnderRules(source, target, [rule({ paths: [first] })])
        const both = compareUnderRules(source, target, [rule({ paths: [first] }), rule({ paths: [second] })])
        const hidden = new Set(both.ignored.map(({ difference }) => difference.path))
        expect(one.ignored.every(({ difference }) => hidden.has(difference.path))).toBe(true)
      }),
    )
  })
})
