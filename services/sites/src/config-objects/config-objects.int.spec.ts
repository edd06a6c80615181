import { configLimits, getConfigObject, getConfigValue } from '@rancher-hub/contracts'
import { type Fleet, shopCertificate, startFleet } from '@rancher-hub/fleet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bindNamespaces, everythingOf, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const CANARY = 'canary-4711-secret'

describe('the page of a ConfigMap or Secret, on a simulated Rancher', () => {
  let fleet: Fleet
  let sites: RunningSites
  let dev: string
  let staging: string

  const send = async (method: string, path: string, body?: object): Promise<void> => {
    const { url, token } = fleet.ranchers.dev
    const response = await fetch(`${url}/k8s/clusters/c-m-dev00001${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    await response.text()
  }
  const create = async (kind: 'ConfigMap' | 'Secret', name: string, content: object): Promise<void> =>
    await send('POST', `/api/v1/namespaces/shop/${kind.toLowerCase()}s`, {
      apiVersion: 'v1',
      kind,
      metadata: { name },
      ...content,
    })
  const edit = (kind: string, name: string, data: Record<string, string>): void =>
    fleet.places.dev.cluster.edit(kind, 'shop', name, 'kubectl-edit', (object) => Object.assign(object, { data }))
  const show = async (kind: 'ConfigMap' | 'Secret', name: string, instanceId = dev) =>
    await sites.call(getConfigObject, { instanceId, kind, name })
  const readValue = async (name: string, key: string) =>
    await sites.call(getConfigValue, { instanceId: dev, name, key })

  beforeAll(async () => {
    fleet = await startFleet({ stepMs: 20, deadlineMs: 300 })
    sites = await startSites()
    const { url, token } = fleet.ranchers.dev
    const connection = { kind: 'rancher' as const, url, token }
    dev = (await bindNamespaces(sites, connection, 'c-m-dev00001', ['shop'])).instanceIds[0] ?? ''
    staging = (await bindNamespaces(sites, connection, 'c-m-stg00001', ['shop-staging'])).instanceIds[0] ?? ''
    await create('Secret', 'shop-tls', {
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(shopCertificate), 'tls.key': base64(CANARY) },
    })
    await send('POST', '/apis/networking.k8s.io/v1/namespaces/shop/ingresses', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'shop' },
      spec: { tls: [{ secretName: 'shop-tls', hosts: ['shop.lantern.example'] }] },
    })
  })
  afterAll(async () => {
    await sites?.[Symbol.asyncDispose]()
    await fleet?.[Symbol.asyncDispose]()
  })

  it('tells keys with their sizes, who reads them, and what differs elsewhere', async () => {
    await expect.poll(async () => (await show('ConfigMap', 'storefront-settings')).elsewhere[0]?.state).toBe('found')
    const { object, readers, elsewhere, part, unreadKinds } = await show('ConfigMap', 'storefront-settings')
    expect(part).toEqual({ state: 'complete', stale: false })
    expect(unreadKinds).toEqual([])
    expect(object).toMatchObject({
      immutable: false,
      keyCount: 3,
      totalBytes: 64,
      changedBy: 'kubectl-client-side-apply',
    })
    expect(object?.keys.map(({ key, bytes, binary }) => [key, bytes, binary])).toEqual([
      ['banner', 26, false],
      ['features.json', 32, false],
      ['theme', 6, false],
    ])
    expect(readers).toEqual([
      {
        kind: 'Deployment',
        name: 'storefront',
        via: ['containers[storefront].envFrom'],
        missingKeys: [],
        optional: false,
      },
    ])
    expect(elsewhere).toMatchObject([
      { instance: { id: staging }, state: 'found', same: false, keys: ['same', 'differs', 'differs'], extraCount: 0 },
    ])
  })

  it('has the other instances read, and tells what is not there from what is not known', async () => {
    const at = async () => (await show('ConfigMap', 'gift-wrapping')).elsewhere[0]
    await expect.poll(async () => (await at())?.state).toBe('missing')
    expect(await at()).toMatchObject({ part: { state: 'complete', stale: false }, keys: [], extraKeys: [] })
    const reversed = await show('ConfigMap', 'gift-wrapping', staging)
    expect(reversed).toMatchObject({ part: { state: 'complete' }, elsewhere: [{ state: 'found' }] })
    expect(reversed.object).toBeUndefined()
  })

  it('follows every change, and names keys that are read and are not there', async () => {
    await create('Secret', 'cart-redis-2', { type: 'Opaque', data: { password: base64('one'), user: base64('two') } })
    await expect.poll(async () => (await show('Secret', 'cart-redis-2')).object?.keyCount).toBe(2)
    edit('Secret', 'cart-redis', { renamed: base64(CANARY) })
    await expect
      .poll(async () => (await show('Secret', 'cart-redis')).object?.keys.map(({ key }) => key))
      .toEqual(['renamed'])
    const { object, readers, elsewhere } = await show('Secret', 'cart-redis')
    expect(object).toMatchObject({ type: 'Opaque', changedBy: 'kubectl-edit' })
    expect(object?.totalBytes).toBeUndefined()
    expect(object?.keys[0]?.bytes).toBeUndefined()
    expect(readers).toMatchObject([{ kind: 'Deployment', name: 'cart', keys: ['password'], missingKeys: ['password'] }])
    expect(elsewhere).toMatchObject([{ state: 'found', same: false, keys: ['missing'], extraKeys: ['password'] }])
  })

  it('shows of a certificate its public part, and where it is served', async () => {
    await expect.poll(async () => (await show('Secret', 'shop-tls')).object?.certificate).toBeDefined()
    const { object, readers } = await show('Secret', 'shop-tls')
    expect(object?.certificate).toMatchObject({
      subject: 'CN=shop.lantern.example, O=Lantern',
      names: ['shop.lantern.example', '*.shop.lantern.example', '10.0.0.7'],
      notAfter: '2026-10-01T00:00:00.000Z',
      state: 'expired',
    })
    expect(readers).toMatchObject([{ kind: 'Ingress', name: 'shop', via: ['spec.tls[shop.lantern.example]'] }])
    await create('Secret', 'broken-tls', {
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(CANARY), 'tls.key': base64(CANARY) },
    })
    await expect
      .poll(async () => (await show('Secret', 'broken-tls')).object?.certificate)
      .toEqual({ unreadable: 'It is not a certificate in PEM form.' })
  })

  it('says of what lists leave out why', async () => {
    expect((await show('ConfigMap', 'kube-root-ca.crt')).object).toMatchObject({
      leftOut: 'cluster-certificate',
      keyCount: 1,
    })
    expect((await show('Secret', 'sh.helm.release.v1.lantern.v7')).object?.leftOut).toBe('helm-release')
  })

  it('gives the value of a key of a ConfigMap when it is asked for, cut where it is long', async () => {
    expect(await readValue('storefront-settings', 'banner')).toEqual({
      bytes: 26,
      text: 'Free shipping until Sunday',
      cut: false,
    })
    const long = 'ü'.repeat(configLimits.valueCharacters - 1)
    await create('ConfigMap', 'large', {
      data: { long: `${long}🙂 and more`, empty: '' },
      binaryData: { logo: Buffer.from([1, 2, 3]).toString('base64') },
    })
    expect(await readValue('large', 'long')).toEqual({ bytes: 2 * long.length + 13, text: long, cut: true })
    expect(await readValue('large', 'empty')).toEqual({ bytes: 0, text: '', cut: false })
    expect(await readValue('large', 'logo')).toEqual({ bytes: 3, cut: false })
    expect((await refusal(readValue('large', 'absent'))).message).toBe('large has no key absent now.')
    expect((await refusal(readValue('absent', 'key'))).code).toBe('not-found')
    // A name that every object inherits is no key.
    expect((await refusal(readValue('large', 'constructor'))).code).toBe('not-found')
  })

  it('refuses what is no ConfigMap or Secret, and instances of others', async () => {
    for (const input of [
      { instanceId: dev, kind: 'Deployment', name: 'cart' },
      { instanceId: dev, kind: 'Secret', name: '../../x' },
    ])
      expect((await refusal(sites.call(getConfigObject, input as never))).code).toBe('invalid-input')
    expect((await refusal(sites.call(getConfigValue, { instanceId: dev, name: 'a', key: 'a/b' }))).code).toBe(
      'invalid-input',
    )
    expect(
      (await refusal(sites.call(getConfigObject, { instanceId: dev, kind: 'ConfigMap', name: 'x' }, 'org-2'))).code,
    ).toBe('not-found')
  })

  it('keeps what it knows while the cluster does not answer, and says so', async () => {
    const off = fleet.ranchers.dev.faults.add({ kind: 'error', status: 503, path: '/configmaps' })
    const cut = fleet.ranchers.dev.faults.add({ kind: 'cut-watch', path: '/configmaps' })
    try {
      await expect.poll(async () => (await show('ConfigMap', 'mail-templates')).part.stale).toBe(true)
      const { object, part } = await show('ConfigMap', 'mail-templates')
      expect(object?.keys.map(({ key, bytes }) => [key, bytes])).toEqual([
        ['order.txt', undefined],
        ['reset.txt', undefined],
      ])
      expect(part.problem?.message).not.toBe('')
      expect((await refusal(readValue('mail-templates', 'order.txt'))).code).toBe('site-problem')
    } finally {
      off()
      cut()
    }
    await expect
      .poll(async () => (await show('ConfigMap', 'mail-templates')).part.stale, { timeout: 20_000 })
      .toBe(false)
  })

  it('shows a kind that the token may not see as forbidden', async () => {
    const { url } = fleet.ranchers.dev
    const connection = { kind: 'rancher' as const, url, token: 'token-develn:simulated-no-secrets-key' }
    const [limited = ''] = (await bindNamespaces(sites, connection, 'c-m-dev00001', ['shop'])).instanceIds
    await expect
      .poll(async () => (await show('Secret', 'cart-redis', limited)).part)
      .toMatchObject({ state: 'forbidden', problem: { code: 'forbidden' } })
    const { object, readers } = await show('Secret', 'cart-redis', limited)
    expect(object).toBeUndefined()
    expect(readers).toMatchObject([{ name: 'cart', missingKeys: [] }])
  })

  it('leaves no value of a Secret anywhere', async () => {
    const everything = await everythingOf(sites)
    const has = (text: string): boolean => everything.includes(text)
    // Of the certificate beside it, the answers are full.
    expect([has('spec.tls[shop.lantern.example]'), has(CANARY), has(base64(CANARY))]).toEqual([true, false, false])
  })
})
