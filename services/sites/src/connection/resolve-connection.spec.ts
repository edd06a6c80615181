import { rootCertificates } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { SiteError } from '../egress/site-error.ts'
import { CredentialsMissingError } from './kept-credentials.ts'
import { resolveConnection, type StoredAccess } from './resolve-connection.ts'

const stored: StoredAccess = {
  kind: 'rancher',
  url: 'https://rancher.example.com',
  secret: {
    token: 'token-abcde:canary',
    proxy: { url: 'http://proxy:3128', authorization: 'Basic eA==' },
    headers: { 'x-tenant': 'canary' },
    unverified: true,
  },
}
const rancher = { kind: 'rancher' as const, url: 'https://rancher.example.com/dashboard/home' }
const kubeconfig = (cluster: object = {}) =>
  stringify({
    'current-context': 'dev',
    clusters: [{ name: 'a', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
    users: [{ name: 'ada', user: { token: 'the-token' } }],
    contexts: [{ name: 'dev', context: { cluster: 'a', user: 'ada' } }],
  })
/** Why credentials are missing; undefined: they are not. */
const missing = (work: () => unknown): string | undefined => {
  try {
    work()
  } catch (error) {
    if (error instanceof CredentialsMissingError) return error.message
    throw error
  }
  return undefined
}
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof SiteError) return error.problem.code
    throw error
  }
  return undefined
}

describe('a connection', () => {
  it('keeps for the same origin what is left out', () => {
    expect(resolveConnection(rancher, stored)?.access).toEqual({
      ...stored,
      secret: { ...stored.secret, ca: undefined },
    })
  })

  it('takes nothing of what is stored to another origin', () => {
    const elsewhere = { ...rancher, url: 'https://elsewhere.example.com' }
    expect(missing(() => resolveConnection(elsewhere, stored))).toBe('There are no credentials')
    expect(resolveConnection({ ...elsewhere, token: 'token-other:x' }, stored)?.access.secret).toEqual({
      token: 'token-other:x',
    })
    expect(
      codeOf(() =>
        resolveConnection({ ...elsewhere, token: 'token-other:x', headers: [{ name: 'x-tenant' }] }, stored),
      ),
    ).toBe('header-refused')
  })

  it('lets go of what is emptied', () => {
    const emptied = { ...rancher, proxyUrl: '', headers: [], allowUnverified: false }
    expect(resolveConnection(emptied, stored)?.access.secret).toEqual({ token: 'token-abcde:canary' })
  })

  describe('another way to the same origin', () => {
    const pem = rootCertificates[0] ?? ''
    const checked: StoredAccess = { ...stored, secret: { token: 'token-abcde:canary', ca: pem.trim() } }
    const mine = { proxyUrl: 'http://mine:3128' }
    const cluster: StoredAccess = {
      kind: 'kubernetes',
      url: 'https://10.0.0.1:6443',
      context: 'dev',
      secret: { token: 'canary', clientKey: 'canary', headers: { 'x-tenant': 'canary' } },
    }

    it.each([
      ['through another proxy', stored, mine],
      ['through a proxy at all', checked, mine],
      ['to a server whose certificate is not checked', checked, { allowUnverified: true }],
      ['to a server that another certificate vouches for', checked, { caPem: rootCertificates[1] }],
      ['to a server that another certificate vouches for', checked, { caPem: '' }],
      ['through a proxy and unchecked', checked, { ...mine, allowUnverified: true }],
    ])('takes no stored token %s', (_way, known, change) => {
      expect(missing(() => resolveConnection({ ...rancher, ...change }, known))).toMatch(
        /^Enter the token again: what is stored does not go (through another proxy|to a server)/,
      )
    })

    it.each([mine, { allowUnverified: true }, { caPem: pem }])('takes no stored kubeconfig (%o)', (change) => {
      expect(missing(() => resolveConnection({ kind: 'kubernetes', ...change }, cluster))).toMatch(
        /^Enter the kubeconfig again: /,
      )
    })

    it('takes no stored header there, whatever token is given', () => {
      const given = { ...rancher, ...mine, token: 'token-other:x' }
      expect(missing(() => resolveConnection(given, stored))).toMatch(/^Enter the values of the headers again: /)
      expect(codeOf(() => resolveConnection({ ...given, headers: [{ name: 'x-tenant' }] }, stored))).toBe(
        'header-refused',
      )
      const file = { kind: 'kubernetes' as const, kubeconfig: kubeconfig({ 'proxy-url': 'http://mine:3128' }) }
      expect(missing(() => resolveConnection(file, cluster))).toMatch(/^Enter the values of the headers again: /)
      const named = { ...file, kubeconfig: kubeconfig({ 'tls-server-name': 'mine' }) }
      expect(missing(() => resolveConnection(named, cluster))).toMatch(/ by another name\.$/)
      expect(resolveConnection({ ...file, headers: [] }, cluster).access.secret.headers).toBeUndefined()
    })

    it('keeps the trust that was chosen when the token is given again', () => {
      const given = { ...rancher, ...mine, token: 'token-other:x' }
      expect(resolveConnection(given, checked).access.secret).toEqual({
        token: 'token-other:x',
        ca: pem.trim(),
        proxy: { url: 'http://mine:3128' },
      })
    })

    it('is the same one where it says what is stored', () => {
      const same = { ...rancher, proxyUrl: 'http://ada:new@proxy:3128', allowUnverified: true }
      expect(resolveConnection(same, stored).access.secret).toMatchObject({
        token: 'token-abcde:canary',
        proxy: { url: 'http://proxy:3128', authorization: expect.stringContaining('Basic ') as string },
        headers: { 'x-tenant': 'canary' },
      })
      expect(resolveConnection({ ...rancher, caPem: `${pem}\n` }, checked).access).toMatchObject(checked)
    })
  })

  it('takes tokens of both kinds, and nothing else', () => {
    const secretOf = (token: string) => resolveConnection({ ...rancher, token }, undefined)?.access.secret.token
    expect(secretOf('ext/token-x9k2p:secret')).toBe('ext/token-x9k2p:secret')
    expect(codeOf(() => secretOf('ext/token-x9k2p'))).toBe('token-refused')
  })

  it('goes without certificate checks only where that was allowed', () => {
    const given = { kind: 'kubernetes' as const, kubeconfig: kubeconfig({ 'insecure-skip-tls-verify': true }) }
    expect(codeOf(() => resolveConnection(given, undefined))).toBe('verification-off')
    const allowed = resolveConnection({ ...given, allowUnverified: true }, undefined)
    expect(allowed?.access.secret.unverified).toBe(true)
    // Entering the file again does not ask again; another server does.
    expect(resolveConnection(given, allowed?.access)?.access.secret.unverified).toBe(true)
    const other = kubeconfig({ 'insecure-skip-tls-verify': true, server: 'https://10.0.0.2:6443' })
    expect(codeOf(() => resolveConnection({ ...given, kubeconfig: other }, allowed?.access))).toBe('verification-off')
  })

  it('goes through the proxy of the file, unless the form names another', () => {
    const given = { kind: 'kubernetes' as const, kubeconfig: kubeconfig({ 'proxy-url': 'http://file:3128' }) }
    const proxyOf = (change: object) => resolveConnection({ ...given, ...change }, undefined)?.access.secret.proxy?.url
    expect(proxyOf({})).toBe('http://file:3128')
    expect(proxyOf({ proxyUrl: 'http://form:3128' })).toBe('http://form:3128')
    expect(proxyOf({ proxyUrl: '' })).toBeUndefined()
  })
})
