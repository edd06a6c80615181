import { describe, expect, it } from 'vitest'
import { clusterTone, expiryStage, expiryTone, memoryText } from './site-looks.ts'

const now = new Date('2026-11-26T10:00:00Z')

describe('the end of a token', () => {
  it.each([
    [undefined, undefined, 'neutral'],
    ['2027-03-01T00:00:00Z', undefined, 'neutral'],
    ['2026-12-20T00:00:00Z', 30, 'attention'],
    ['2026-12-01T00:00:00Z', 7, 'attention'],
    ['2026-11-27T00:00:00Z', 1, 'bad'],
    ['2026-11-26T09:59:00Z', 'ended', 'bad'],
  ])('at %s is at stage %s', (expiresAt, stage, tone) => {
    expect(expiryStage(expiresAt, now)).toBe(stage)
    expect(expiryTone(expiryStage(expiresAt, now))).toBe(tone)
  })
})

describe('a cluster', () => {
  it('looks as its state', () => {
    expect(['active', 'unavailable', 'provisioning', 'anything'].map(clusterTone)).toEqual([
      'ok',
      'bad',
      'running',
      'running',
    ])
  })
  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1536, '1.5 KiB'],
    [49_000 * 2 ** 20, '48 GiB'],
    [3 * 2 ** 60, '3,072 PiB'],
  ])('has %i bytes: %s', (bytes, text) => expect(memoryText(bytes, 'en')).toBe(text))
})
