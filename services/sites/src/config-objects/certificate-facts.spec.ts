import { shopCertificate } from '@rancher-hub/fleet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { certificateFacts, certificateState } from './certificate-facts.ts'

describe('the public part of a certificate', () => {
  it('is its subject, names and dates; of a chain the first counts', () => {
    expect(certificateFacts(shopCertificate + shopCertificate.replace('MIIBsj', 'MIIBsk'))).toEqual({
      subject: 'CN=shop.lantern.example, O=Lantern',
      issuer: 'CN=shop.lantern.example, O=Lantern',
      names: ['shop.lantern.example', '*.shop.lantern.example', '10.0.0.7'],
      notBefore: '2025-10-01T00:00:00.000Z',
      notAfter: '2026-10-01T00:00:00.000Z',
    })
  })

  it('is none where there is none, and nothing of the text is told', () => {
    expect(certificateFacts('')).toEqual({ unreadable: 'It is empty.' })
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const facts = certificateFacts(text)
        expect(Object.keys(facts)).toEqual(['unreadable'])
      }),
    )
  })

  it.each([
    ['2025-09-30T23:59:59Z', 'not-yet-valid'],
    ['2025-10-01T00:00:00Z', 'valid'],
    ['2026-08-31T23:59:59Z', 'valid'],
    ['2026-09-01T00:00:00Z', 'expiring'],
    ['2026-09-30T23:59:59Z', 'expiring'],
    ['2026-10-01T00:00:00Z', 'expired'],
  ] as const)('at %s is %s', (time, state) => {
    const dates = { notBefore: '2025-10-01T00:00:00Z', notAfter: '2026-10-01T00:00:00Z' }
    expect(certificateState(dates, new Date(time))).toBe(state)
  })
})
