import { describe, expect, it } from 'vitest'
import { versionSupport } from './version-support.ts'

const now = new Date('2026-11-26T10:00:00Z')

describe('support of a version', () => {
  it.each([
    ['rancher', 'v2.15.0', 'supported'],
    ['rancher', 'v2.12.3-rc1', 'supported'],
    ['rancher', 'v2.11.16', 'ended'],
    ['rancher', 'v2.6.14', 'ended'],
    ['rancher', 'v2.5.17', 'ended'],
    ['rancher', 'v2.99-0a1b2c-head', 'unknown'],
    ['rancher', 'dev', 'unknown'],
    ['kubernetes', 'v1.36.1+rke2r1', 'supported'],
    ['kubernetes', 'v1.34.9', 'ended'],
    ['kubernetes', 'v1.18.20', 'ended'],
    ['kubernetes', 'v1.99.0', 'unknown'],
  ] as const)('of %s %s is %s', (maker, version, state) => {
    expect(versionSupport(maker, version, now)?.state).toBe(state)
  })

  it('ends after the last day, and says when it does', () => {
    const at = (day: string) => versionSupport('rancher', 'v2.11.1', new Date(`${day}T23:00:00Z`))
    expect(at('2026-10-24')).toMatchObject({
      state: 'supported',
      message: expect.stringContaining('2026-10-24') as string,
    })
    expect(at('2026-10-25')).toMatchObject({ state: 'ended', message: expect.stringContaining('2026-10-24') as string })
  })

  it('is nothing where no version is known', () => {
    expect(versionSupport('rancher', undefined, now)).toBeUndefined()
  })
})
