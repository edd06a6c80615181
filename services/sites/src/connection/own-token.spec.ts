import { describe, expect, it } from 'vitest'
import { describeCredential } from './own-token.ts'

const jwt = (claims: unknown) =>
  ['{"alg":"RS256"}', JSON.stringify(claims), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.')

describe('credentials of a plain cluster', () => {
  it('are a ServiceAccount’s, with the end that its token claims', () => {
    const token = jwt({ sub: 'system:serviceaccount:ci:hub', exp: 1_800_000_000 })
    expect(describeCredential({ token })).toEqual({
      kind: 'service-account',
      name: 'ci/hub',
      owner: 'system:serviceaccount:ci:hub',
      expiresAt: '2027-01-15T08:00:00.000Z',
    })
    expect(describeCredential({ token: jwt({ sub: 'system:serviceaccount:ci:hub' }) })?.expiresAt).toBeUndefined()
  })

  it.each([
    ['an opaque one', 'abcdef', 'bearer-token'],
    ['a JWT of somebody else', jwt({ sub: 'ada@example.com' }), 'bearer-token'],
    ['a JWT with a time that is none', jwt({ exp: 'tomorrow' }), 'bearer-token'],
    ['a JWT with a time beyond every calendar', jwt({ exp: 1e300 }), 'bearer-token'],
    ['something with dots', 'a.b.c', 'bearer-token'],
    ['a JWT whose claims are a list', jwt([1]), 'bearer-token'],
    ['one of Rancher', 'kubeconfig-u-abc12xyz:secret', 'rancher-token'],
  ])('are a token: %s', (_what, token, kind) => {
    const credential = describeCredential({ token })
    expect(credential).toMatchObject({ kind })
    expect(JSON.stringify(credential)).not.toContain('secret')
    expect(credential?.expiresAt).toBeUndefined()
  })

  it('are none', () => expect(describeCredential({})).toBeUndefined())
})
