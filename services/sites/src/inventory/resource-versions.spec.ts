import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, isBefore, reaches } from './resource-versions.ts'

describe('comparing resourceVersions', () => {
  it('is comparing numbers, of any length', () => {
    const number = fc.bigInt({ min: 0n, max: 2n ** 70n })
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(Math.sign(compareVersions(String(a), String(b)) ?? Number.NaN)).toBe(a < b ? -1 : a > b ? 1 : 0)
        expect(isBefore(String(a), String(b))).toBe(a < b)
        expect(reaches(String(a), String(b))).toBe(a >= b)
      }),
    )
  })

  it.each([
    ['', '1'],
    ['abc', '1'],
    ['1', '1-2'],
  ])('tells nothing of «%s» and «%s»: neither is before the other, and neither reaches it', (a, b) => {
    expect([compareVersions(a, b), isBefore(a, b), isBefore(b, a), reaches(a, b), reaches(b, a)]).toEqual([
      undefined,
      false,
      false,
      false,
      false,
    ])
  })

  it('minds no leading zeros', () => expect(compareVersions('007', '7')).toBe(0))
})
