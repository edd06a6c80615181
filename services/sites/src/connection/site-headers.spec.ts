import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SiteError } from '../egress/site-error.ts'
import { resolveHeaders } from './site-headers.ts'

const problem = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof SiteError) return error.problem
    throw error
  }
  throw new Error('was accepted')
}

describe('headers of a site', () => {
  it('are those that are given; what is given without a value keeps the stored one', () => {
    const stored = { 'x-tenant': 'canary', 'x-old': 'y' }
    expect(resolveHeaders(undefined, stored)).toEqual(stored)
    expect(resolveHeaders([{ name: 'X-Tenant' }, { name: 'CF-Access-Client-Id', value: ' id ' }], stored)).toEqual({
      'x-tenant': 'canary',
      'cf-access-client-id': 'id',
    })
    expect(resolveHeaders([], stored)).toBeUndefined()
  })

  it.each([
    'Host',
    'authorization',
    'Content-Length',
    'content-type',
    'Transfer-Encoding',
    'Connection',
    'Upgrade',
    'TE',
    'Cookie',
    'Proxy-Authorization',
    'Impersonate-User',
    'X-Forwarded-Host',
    'X-Remote-User',
    'X-API-Host',
    'Accept',
    '__proto__',
    'a b',
    'naïve',
  ])('cannot be %s', (name) => {
    expect(problem(() => resolveHeaders([{ name, value: 'x' }], undefined)).code).toBe('header-refused')
  })

  it.each([
    ['without a value anywhere', [{ name: 'x-a' }]],
    [
      'given twice',
      [
        { name: 'x-a', value: '1' },
        { name: 'X-A', value: '2' },
      ],
    ],
    ['with a line break', [{ name: 'x-a', value: 'canary\r\nhost: evil' }]],
    ['with a character that is none of a header', [{ name: 'x-a', value: 'canary→' }]],
  ])('are refused %s, and no value is quoted', (_what, given) => {
    const { code, message } = problem(() => resolveHeaders(given, undefined))
    expect(code).toBe('header-refused')
    expect(message).not.toContain('canary')
  })

  it('are ones that can be sent, or refused, whatever is given', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.string(), value: fc.string() }), { maxLength: 4 }), (given) => {
        try {
          new Headers(resolveHeaders(given, undefined) ?? {})
        } catch (error) {
          expect(error).toBeInstanceOf(SiteError)
        }
      }),
    )
  })
})
