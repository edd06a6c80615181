import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { SiteError } from '../egress/site-error.ts'
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
    expect(resolveConnection(elsewhere, stored)).toBeUndefined()
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
