import type { IgnoreMatch, Selection } from '@rancher-hub/contracts'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { compileIgnoreRule, type KubernetesObject } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../credentials/keyring.ts'
import { normalizedBy } from '../inventory/observed-object.ts'
import { planWrite } from './plan-write.ts'

const keys = await createKeyring({
  masterKey: new Uint8Array(32).fill(1),
  store: openMemoryEventStore(),
  now: () => new Date(0),
}).of('org')

const workload = (containers: object[], replicas = 1): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'from', uid: 'u', resourceVersion: '1' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'cart' } },
    template: { metadata: { labels: { app: 'cart' } }, spec: { containers } },
  },
})
const web = (image: string, env: object[] = []) => ({ name: 'web', image, env })
const plan = (
  source: KubernetesObject,
  target: KubernetesObject | undefined,
  selection: Parameters<typeof planWrite>[1],
  ...matches: readonly Partial<IgnoreMatch>[]
) =>
  planWrite(
    {
      source,
      sourceContent: normalizedBy(keys, source).content,
      target,
      targetContent: target === undefined ? undefined : normalizedBy(keys, target).content,
      targetNamespace: 'to',
      autoscaled: false,
      rules: matches.map((match) =>
        compileIgnoreRule({
          id: '6f1c3a52-aaaa-4a6e-9d43-0a5a2f6a9f0a',
          name: 'a rule',
          reason: 'Ours',
          revision: 0,
          match: { kinds: [], names: [], paths: [], ...match },
        }),
      ),
    },
    selection,
    keys,
  )

describe('planning a write', () => {
  it('takes images that differ and nothing else', () => {
    const planned = plan(
      workload([web('r/a:2', [{ name: 'X', value: '1' }]), { name: 'new', image: 'r/n:1' }], 5),
      workload([web('r/a:1')]),
      { mode: 'images' },
    )
    expect(planned).toMatchObject({
      kind: 'write',
      write: {
        action: 'update',
        paths: ['containers[web].image'],
        body: { spec: { template: { spec: { containers: [{ name: 'web', image: 'r/a:2' }] } } } },
      },
    })
  })

  it('has nothing to do when the chosen fields are equal', () => {
    expect(plan(workload([web('r/a:1')], 5), workload([web('r/a:1')], 2), { mode: 'images' })).toMatchObject({
      kind: 'unchanged',
    })
    expect(
      plan(workload([web('r/a:1')], 5), workload([web('r/a:1')], 5), { mode: 'fields', paths: ['replicas'] }),
    ).toMatchObject({ kind: 'unchanged' })
  })

  it('is a conflict when the ticked place has gone with its surroundings', () => {
    const selection = { mode: 'fields' as const, paths: ['containers[web].env[X]'] }
    const rich = workload([web('r/a:1', [{ name: 'X', value: '1' }])])
    const other = workload([{ name: 'other', image: 'r/o:1' }])
    expect(plan(rich, other, selection)).toEqual({
      kind: 'conflict',
      code: 'target-changed',
      fields: ['containers[web]'],
    })
    expect(plan(other, rich, selection)).toEqual({
      kind: 'conflict',
      code: 'source-changed',
      fields: ['containers[web]'],
    })
  })

  it('deletes nothing', () => {
    const target = workload([web('r/a:1', [{ name: 'ONLY_HERE', value: '1' }])])
    expect(
      plan(workload([web('r/a:1')]), target, { mode: 'fields', paths: ['containers[web].env[ONLY_HERE]'] }),
    ).toMatchObject({ kind: 'refused', code: 'not-selectable' })
  })

  it('creates only what is missing, and needs it for everything else', () => {
    const source = workload([web('r/a:1')])
    expect(plan(source, undefined, { mode: 'create' })).toMatchObject({
      kind: 'write',
      write: { action: 'create', body: { metadata: { name: 'cart', namespace: 'to' } } },
    })
    expect(plan(source, source, { mode: 'create' })).toMatchObject({ kind: 'conflict', code: 'target-exists' })
    expect(plan(source, undefined, { mode: 'images' })).toMatchObject({ kind: 'conflict', code: 'target-missing' })
  })

  it('has one digest for one patch, whatever the target’s version', () => {
    const digest = (target: KubernetesObject, image = 'r/a:2') => {
      const planned = plan(workload([web(image)]), target, { mode: 'images' })
      return planned.kind === 'write' ? planned.write.digest : ''
    }
    const target = workload([web('r/a:1')])
    const later = { ...target, metadata: { ...target.metadata, resourceVersion: '99', generation: 7 } }
    expect(digest(later)).toBe(digest(target))
    expect(digest(target, 'r/a:3')).not.toBe(digest(target))
  })

  it('shows no value of a Secret', () => {
    const holding = (value: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db', uid: 'u' },
      data: { password: Buffer.from(value).toString('base64') },
    })
    const planned = plan(holding('canary-new'), holding('canary-old'), { mode: 'fields', paths: ['data[password]'] })
    expect(planned).toMatchObject({
      kind: 'write',
      write: { changes: [{ path: 'data[password]', change: 'changed' }] },
    })
    if (planned.kind === 'write') expect(JSON.stringify(planned.write.changes)).not.toMatch(/canary|Y2FuYXJ5/)
  })

  it('stays below the size of a message, however much differs', () => {
    const many = (value: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'big', uid: 'u' },
      data: Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`key-${index}`, value.repeat(400)])),
    })
    const planned = plan(many('a'), undefined, { mode: 'create' })
    expect(planned.kind).toBe('write')
    if (planned.kind === 'write') expect(JSON.stringify(planned.write.changes).length).toBeLessThan(700_000)
  })
})

describe('planning a write of what rules ignore', () => {
  const source = workload([web('r/a:2', [{ name: 'X', value: '1' }]), { name: 'side', image: 'r/s:2' }], 5)
  const target = workload([web('r/a:1'), { name: 'side', image: 'r/s:1' }])
  const sideImage = { paths: ['containers[side].image'] }

  it('leaves an ignored image out, and writes the others', () => {
    expect(plan(source, target, { mode: 'images' }, sideImage)).toMatchObject({
      kind: 'write',
      write: {
        paths: ['containers[web].image'],
        leftOut: ['containers[side].image: a rule ignores it («Ours»). Switch the rule off to write it'],
      },
    })
    expect(plan(source, target, { mode: 'images' }, { paths: ['containers[*].image'] })).toMatchObject({
      kind: 'unchanged',
      reason: expect.stringContaining('a rule ignores it («Ours»)') as string,
    })
  })
  it('refuses an ignored field that is asked for by name, or as part of its surroundings', () => {
    for (const path of ['containers[side].image', 'containers[side]'])
      expect(plan(source, target, { mode: 'fields', paths: [path] }, sideImage)).toEqual({
        kind: 'refused',
        code: 'ignored',
        message:
          'containers[side].image cannot be written: a rule ignores it («Ours»). Switch the rule off to write it.',
      })
    expect(plan(source, target, { mode: 'fields', paths: ['replicas'] }, sideImage)).toMatchObject({ kind: 'write' })
  })
  it('refuses everything of an ignored object, its creation too', () => {
    const whole: Partial<IgnoreMatch> = { kinds: ['Deployment'], names: ['c*'] }
    const selections: Selection[] = [{ mode: 'images' }, { mode: 'fields', paths: ['replicas'] }]
    for (const selection of selections)
      expect(plan(source, target, selection, whole)).toMatchObject({ kind: 'refused', code: 'ignored' })
    expect(plan(source, undefined, { mode: 'create' }, whole)).toMatchObject({
      kind: 'refused',
      code: 'ignored',
      message: expect.stringContaining('Deployment cart cannot be written: a rule ignores it («Ours»)') as string,
    })
  })
})
