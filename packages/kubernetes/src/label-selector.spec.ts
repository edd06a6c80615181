import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalLabelSelector, LabelSelectorError, labelsMatch, parseLabelSelector } from './label-selector.ts'

const selects = (text: string, labels: Record<string, string>): boolean => labelsMatch(parseLabelSelector(text), labels)

describe('a label selector', () => {
  it.each([
    ['app.kubernetes.io/part-of=shop,tier!=cache', { 'app.kubernetes.io/part-of': 'shop' }, true],
    ['app.kubernetes.io/part-of=shop,tier!=cache', { 'app.kubernetes.io/part-of': 'shop', tier: 'cache' }, false],
    ['app == cart', { app: 'cart' }, true],
    ['tier in (front, back)', { tier: 'back' }, true],
    ['tier in (front, back)', {}, false],
    ['tier notin (front)', {}, true],
    ['tier notin (front)', { tier: 'front' }, false],
    ['tier', { tier: '' }, true],
    ['!tier', { tier: '' }, false],
    ['!tier', {}, true],
    ['tier=', { tier: '' }, true],
    ['tier in (a,)', { tier: '' }, true],
    ['rank > 3', { rank: '10' }, true],
    ['rank < 3', { rank: '10' }, false],
    ['rank > 3', { rank: 'high' }, false],
    ['in in (in)', { in: 'in' }, true],
  ])('%s on %j: %s', (text, labels, expected) => expect(selects(text, labels)).toBe(expected))

  it.each([
    ['', 1, 'It ends where the key of a label belongs'],
    ['app=cart,', 10, 'It ends where the key of a label belongs'],
    ['app=cart tier=a', 10, 'There is «tier» where «,» and the next condition belongs'],
    ['app is cart', 5, 'There is «is» where «=», «!=», «in» or «notin» belongs'],
    ['tier in front', 9, 'There is «front» where «(» with values belongs'],
    ['tier in (a', 11, 'It ends where «,» or «)» belongs'],
    ['tier in ()', 10, 'There is «)» where at least one value belongs'],
    ['app=-cart', 5, '«-cart» is no value of a label'],
    ['App_/x=1', 1, '«App_» before the «/» is no DNS name in lower case'],
    ['a/b/c=1', 1, '«a/b/c» has more than one «/»'],
    ['ứng-dụng=cart', 1, '«ứng-dụng» is no name of a label'],
    [`app=${'x'.repeat(64)}`, 5, 'The value of a label has at most 63 characters, this one has 64'],
    ['rank>high', 6, 'There is «high» where a whole number belongs'],
    ['=cart', 1, 'There is «=» where the key of a label belongs'],
  ])('«%s» is refused at %i', (text, position, message) => {
    let thrown: unknown
    try {
      parseLabelSelector(text)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(LabelSelectorError)
    expect(thrown).toMatchObject({ position, message: expect.stringContaining(message) as string })
  })

  it('has one canonical form', () => {
    const canonical = (text: string) => canonicalLabelSelector(parseLabelSelector(text))
    expect(canonical('b,a == 1, c in (y,x)')).toBe(canonical('a=1,c in (x,y,x),b'))
    expect(canonical('a in (1)')).toBe('a=1')
  })

  it('means the same after it was written canonically, and never fails otherwise than by saying where', () => {
    const key = fc.constantFrom('app', 'tier', 'example.com/x')
    const value = fc.constantFrom('a', 'b', '', '12')
    const condition = fc.oneof(
      fc.tuple(key, fc.constantFrom('=', '==', '!='), value).map((each) => each.join('')),
      fc
        .tuple(key, fc.constantFrom(' in ', ' notin '), fc.array(value, { minLength: 1 }))
        .map(([k, o, v]) => `${k}${o}(a,${v.join(',')})`),
      key,
      key.map((each) => `!${each}`),
    )
    const labels = fc.dictionary(key, value)
    fc.assert(
      fc.property(fc.array(condition, { minLength: 1, maxLength: 4 }), labels, (conditions, on) => {
        const selector = parseLabelSelector(conditions.join(','))
        const again = parseLabelSelector(canonicalLabelSelector(selector))
        expect(labelsMatch(again, on)).toBe(labelsMatch(selector, on))
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          parseLabelSelector(text)
        } catch (error) {
          expect(error).toBeInstanceOf(LabelSelectorError)
          expect((error as LabelSelectorError).position).toBeGreaterThan(0)
        }
      }),
    )
  })
})
