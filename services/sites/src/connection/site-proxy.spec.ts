import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SiteError } from '../egress/site-error.ts'
import { parseProxy } from './site-proxy.ts'

const read = (text: string) => parseProxy(text, 'The proxy')

describe('address of a proxy', () => {
  it('gives origin and, apart from it, who one is', () => {
    expect(read('')).toBeUndefined()
    expect(read(' http://proxy.example.com:3128/ ')).toEqual({ url: 'http://proxy.example.com:3128' })
    expect(read('https://ada:s%40crét@proxy.example.com')).toEqual({
      url: 'https://proxy.example.com',
      authorization: `Basic ${Buffer.from('ada:s@crét').toString('base64')}`,
    })
  })

  it.each([
    'proxy:3128',
    'socks5://proxy:1080',
    'http://proxy:3128/path',
    'http://proxy/?q',
    'http://canary:%zz@proxy',
    'ftp://p',
    '::',
  ])('refuses %s, and quotes no password', (text) => {
    expect(() => read(text)).toThrow(SiteError)
    expect(() => read(text)).not.toThrow(/canary/)
  })

  it('is read or refused, whatever is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), (text) => {
        try {
          const found = read(text)
          if (found !== undefined) expect(new URL(found.url).origin).toBe(found.url)
        } catch (error) {
          expect(error).toBeInstanceOf(SiteError)
        }
      }),
    )
  })
})
