import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { contextsOf } from './kubeconfig.ts'
import { told, whole } from './kubeconfig-fuzz.fixtures.ts'

describe('a huge kubeconfig', () => {
  const most = 499_000
  const filled = (part: string) => part.repeat(Math.floor(most / part.length))
  it.each([
    ['open lists', filled('[')],
    ['nested lists', '['.repeat(most / 2) + ']'.repeat(most / 2)],
    ['nested maps', `${'{a: '.repeat(90_000)}1${'}'.repeat(90_000)}`],
    ['nested blocks', Array.from({ length: 900 }, (_, index) => `${' '.repeat(index)}a:`).join('\n')],
    ['block lists', filled('- ')],
    [
      'keys',
      Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`)
        .join('\n')
        .slice(0, most),
    ],
    ['keys, just few enough', Array.from({ length: 11_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['anchors', Array.from({ length: 30_000 }, (_, index) => `- &a${index} x`).join('\n')],
    ['aliases', `- &a x\n${'- *a\n'.repeat(90_000)}`],
    ['aliases, just few enough', `- &a x\n${'- *a\n'.repeat(11_000)}`],
    [
      'aliases of aliases',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${new Array(9).fill(`*${'abcdefgh'[index]}`).join()}]`).join('\n')}`,
    ],
    ['an alias of itself', 'a: &a [*a]\ncontexts: &b [*b]'],
    ['documents', filled('---\n')],
    ['comments', filled('#\n')],
    ['escapes', `"${filled('\\q')}"`],
    ['good escapes', `"${filled('\\x41')}"`],
    ['tags', filled('!a ')],
    ['questions', filled('? ')],
    [
      'merges',
      `a: &a {x: 1}\n${Array.from({ length: 20_000 }, (_, index) => `b${index}: {<<: *a}`).join('\n')}`.slice(0, most),
    ],
    ['closing brackets', filled(']\n')],
    ['quotes', filled('"\n')],
    ['unknown aliases', filled('- *x\n')],
    ['zero bytes', filled('\u0000')],
    ['tabs', filled('\t')],
    ['line feeds', filled('\n')],
    ['a text', `a: |\n${filled(' x\n')}`],
    [
      'contexts without anything',
      `contexts:\n${Array.from({ length: 30_000 }, (_, index) => `- name: c${index}`).join('\n')}`,
    ],
    [
      'contexts, just too many',
      stringify({ contexts: Array.from({ length: 1_001 }, (_, index) => ({ name: `c${index}` })) }),
    ],
    ['a name', stringify({ 'current-context': filled('x'), contexts: [{ name: 'a' }, { name: 'b' }] })],
  ])('of %s is refused in a sentence', (_what, text) => {
    expect(told(text)).toBeTypeOf('string')
  })

  it('of a thousand contexts is read', () => {
    const contexts = Array.from({ length: 1_000 }, (_, index) => ({
      name: `c${index}`,
      context: { cluster: 'cluster-a', user: index % 2 === 0 ? 'ada' : 'eve' },
    }))
    const found = contextsOf(JSON.stringify({ ...whole(), contexts }))
    expect(found.filter(({ problem }) => problem === undefined)).toHaveLength(500)
  })

  it('whose thousand contexts all tell of one huge cluster makes no huge answer', () => {
    const context = { cluster: 'cluster-a', user: 'ada' }
    const contexts = Array.from({ length: 1_000 }, (_, index) => ({ name: `c${index}`, context }))
    const clusters = (server: string) => [{ name: 'cluster-a', cluster: { server } }]
    const text = (server: string) => JSON.stringify({ ...whole(), contexts, clusters: clusters(server) })
    expect(told(text(`https://${'a'.repeat(400_000)}`))).toContain('«clusters.0.cluster.server»')
    expect(JSON.stringify(contextsOf(text('ftp://10.0.0.1'))).length).toBeLessThan(500_000)
    const names = JSON.stringify({ ...whole(), contexts: [{ name: 'x'.repeat(400_000), context }] })
    expect(told(names)).toContain('«contexts.0.name»')
  })
})
