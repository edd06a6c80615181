import type { Site } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { type ConnectForm, useConnectForm } from './use-connect-form.ts'

const rancher = {
  id: '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03',
  name: 'Europe',
  kind: 'rancher',
  url: 'https://rancher.example.com',
  proxy: { url: 'http://proxy:3128', signsIn: true },
  caFingerprint: 'AA:BB',
  headerNames: ['x-tenant'],
  state: 'connected',
  connectedAt: '2026-11-24T10:00:00Z',
  revision: 0,
} as Site
const changed = (change: Partial<ConnectForm>, site: Site | undefined = rancher) => {
  const edited = useConnectForm(() => site)
  Object.assign(edited.form, change)
  return edited
}

describe('the form of a connection', () => {
  it.each([
    ['moved', { url: 'https://elsewhere.example.com' }],
    ['proxy', { proxyUrl: 'http://mine:3128' }],
    ['unverified', { allowUnverified: true }],
    ['certificate', { caPem: '-----BEGIN CERTIFICATE-----' }],
    ['certificate', { isCaDropped: true }],
  ] as const)('asks for the token again (%s), and sends headers by name', (why, change) => {
    const edited = changed(change)
    expect([edited.again.value, edited.isComplete.value]).toEqual([why, false])
    expect(edited.connection.value).toMatchObject({ headers: [{ name: 'x-tenant' }] })
    edited.form.token = 'token-abcde:secret'
    expect(edited.isComplete.value).toBe(true)
  })

  it.each([
    ['nothing', {}],
    ['a page of the same server', { url: 'https://rancher.example.com/dashboard' }],
    ['no proxy', { proxyUrl: '' }],
    ['another password of the proxy', { proxyUrl: 'http://ada:new@proxy:3128' }],
  ])('keeps the token for %s', (_what, change) => {
    const edited = changed(change)
    expect([edited.again.value, edited.isComplete.value]).toEqual([undefined, true])
  })

  it('asks for the kubeconfig of a plain cluster again, except when the check is switched on', () => {
    const cluster: Site = { ...rancher, kind: 'kubernetes', unverified: true }
    expect(changed({ proxyUrl: 'http://mine:3128' }, cluster).isComplete.value).toBe(false)
    expect(changed({ allowUnverified: false }, cluster).isComplete.value).toBe(true)
  })
})
