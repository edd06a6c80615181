import { readFileSync } from 'node:fs'
import { executeWrite, type InputOf, type prepareWrite as PrepareWrite, prepareWrite } from '@rancher-hub/contracts'
import { newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { configMap, type Kubectl, openKubectl, secret } from './cluster.fixtures.ts'
import { PLAIN_CLUSTER_ID } from './connection/connected-site.ts'
import { createKeyring } from './credentials/keyring.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.fixtures.ts'
import { bindNamespaces, type RunningSites, startSites } from './sites.fixtures.ts'
import { createBeforeImages } from './writes/before-images.ts'

const file = process.env['KUBECONFIG_REAL'] ?? ''
const status = (code: number, reason: string, message: string, headers: Record<string, string> = {}) => ({
  status: code,
  headers,
  body: JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message }),
})

describe.skipIf(file === '')('writes that get lost on the way', () => {
  let kubectl: Kubectl
  let proxy: FaultyProxy
  let sites: RunningSites
  let from = ''
  let to = ''
  let instances: { sourceInstanceId: string; targetInstanceId: string }
  let count = 0
  const nextNumber = (): number => {
    count += 1
    return count
  }

  beforeAll(async () => {
    const kubeconfig = readFileSync(file, 'utf8')
    kubectl = openKubectl(kubeconfig)
    proxy = await startFaultyProxy(kubeconfig)
    sites = await startSites()
    from = await kubectl.namespace('from')
    to = await kubectl.namespace('to')
    const { instanceIds } = await bindNamespaces(
      sites,
      { kind: 'kubernetes', kubeconfig: proxy.kubeconfig },
      PLAIN_CLUSTER_ID,
      [from, to],
    )
    instances = { sourceInstanceId: instanceIds[0] ?? '', targetInstanceId: instanceIds[1] ?? '' }
  })
  afterAll(async () => {
    await sites[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await kubectl[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    proxy.faults.length = 0
    proxy.written.length = 0
    proxy.beforeWrite = undefined
  })

  const planned = async (
    object: InputOf<typeof PrepareWrite>['object'],
    selection: InputOf<typeof PrepareWrite>['selection'],
  ): Promise<InputOf<typeof executeWrite>> => {
    const request = { ...instances, object, selection }
    const prepared = await sites.call(prepareWrite, request)
    if (prepared.outcome !== 'ready') throw new Error(JSON.stringify(prepared))
    const { preconditions, patchDigest, afterDigest } = prepared
    return { ...request, syncId: newId(), writeId: newId(), preconditions, patchDigest, afterDigest, retrying: false }
  }
  const oneKey = async () => {
    const name = `settings-${nextNumber()}`
    await kubectl.create(`/api/v1/namespaces/${from}/configmaps`, configMap(name, { a: 'new' }))
    await kubectl.create(`/api/v1/namespaces/${to}/configmaps`, configMap(name, { a: 'old', b: 'own' }))
    return {
      name,
      path: `/api/v1/namespaces/${to}/configmaps/${name}`,
      execution: await planned({ kind: 'ConfigMap', name }, { mode: 'fields', paths: ['data[a]'] }),
    }
  }

  it('are unknown when the answer is lost; asked again, they are found and not written twice', async () => {
    const { execution } = await oneKey()
    proxy.faults.push('lost-answer')
    expect(await sites.call(executeWrite, execution)).toMatchObject({
      outcome: 'unknown',
      problem: { code: 'unreachable' },
    })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: true,
      beforeImage: expect.any(String),
    })
    expect(proxy.written).toHaveLength(1)
  })

  it('are unknown when the request is lost; asked again, they are written', async () => {
    const { execution } = await oneKey()
    proxy.faults.push('lost-request')
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'unknown' })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: false,
    })
    expect(proxy.written).toHaveLength(1)
  })

  it('are found when somebody else changed another field after them', async () => {
    const { execution, path } = await oneKey()
    proxy.faults.push('lost-answer')
    await sites.call(executeWrite, execution)
    await kubectl.merge(path, { data: { b: 'meanwhile' } })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: true,
    })
    expect(proxy.written).toHaveLength(1)
  })

  it('are a conflict when they did not happen and the target changed', async () => {
    const { execution, path } = await oneKey()
    proxy.faults.push('lost-request')
    await sites.call(executeWrite, execution)
    await kubectl.merge(path, { data: { a: 'theirs' } })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-changed', fields: ['data[a]'] },
    })
    expect(proxy.written).toEqual([])
  })

  it('create once when the answer is lost', async () => {
    const name = `created-${nextNumber()}`
    await kubectl.create(`/api/v1/namespaces/${from}/configmaps`, configMap(name, { a: '1' }))
    const execution = await planned({ kind: 'ConfigMap', name }, { mode: 'create' })
    proxy.faults.push('lost-answer')
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'unknown' })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: true,
    })
    expect(proxy.written).toHaveLength(1)
  })

  it('do not take for their own what another sync created meanwhile', async () => {
    const name = `created-${nextNumber()}`
    const source = `/api/v1/namespaces/${from}/configmaps`
    await kubectl.create(source, configMap(name, { a: '1' }))
    const execution = await planned({ kind: 'ConfigMap', name }, { mode: 'create' })
    proxy.faults.push('lost-request')
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'unknown' })
    await kubectl.merge(`${source}/${name}`, { data: { a: '2' } })
    const other = await planned({ kind: 'ConfigMap', name }, { mode: 'create' })
    expect(await sites.call(executeWrite, other)).toMatchObject({ outcome: 'written', alreadyThere: false })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-exists' },
    })
    expect(proxy.written).toHaveLength(1)
  })

  it('go on when a controller touched the object between read and write', async () => {
    const { execution, path } = await oneKey()
    let touched = 0
    proxy.beforeWrite = async () => {
      touched += 1
      if (touched <= 7)
        await kubectl.merge(path, { metadata: { annotations: { 'field.cattle.io/touched': String(touched) } } })
    }
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'written', alreadyThere: false })
    expect(touched).toBe(8)
    expect(proxy.written).toHaveLength(1)
  })

  it('are a conflict when somebody changed the object between read and write', async () => {
    const { execution, path } = await oneKey()
    proxy.beforeWrite = async () => void (await kubectl.merge(path, { data: { a: 'theirs' } }))
    expect(await sites.call(executeWrite, execution)).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-changed', manager: 'kubectl-edit' },
    })
    expect(proxy.written).toEqual([])
  })

  it('are told as re-created when the object was made anew between read and write', async () => {
    const { name, execution, path } = await oneKey()
    proxy.beforeWrite = async () => {
      await kubectl.remove(path)
      await kubectl.create(`/api/v1/namespaces/${to}/configmaps`, configMap(name, { a: 'old', b: 'own' }))
    }
    expect(await sites.call(executeWrite, execution)).toMatchObject({
      outcome: 'conflict',
      conflict: { code: 'target-recreated' },
    })
  })

  it('wait when they are throttled, and are written then', async () => {
    const { execution } = await oneKey()
    proxy.faults.push({ status: 429, headers: { 'retry-after': '0' }, body: 'Too many requests' })
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'written', alreadyThere: false })
  })

  it('fail when the API server refused them, and stay open when it cannot tell', async () => {
    const { execution } = await oneKey()
    proxy.faults.push(status(403, 'Forbidden', 'configmaps is forbidden: exceeded quota'))
    expect(await sites.call(executeWrite, execution)).toMatchObject({
      outcome: 'failed',
      problem: { code: 'forbidden', message: expect.stringContaining('exceeded quota') },
    })
    proxy.faults.push(status(500, 'InternalError', 'failed calling webhook "x": connection refused'))
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'failed' })
    proxy.faults.push(status(500, 'InternalError', 'etcdserver: request timed out'))
    expect(await sites.call(executeWrite, execution)).toMatchObject({ outcome: 'unknown' })
    expect(await sites.call(executeWrite, { ...execution, retrying: true })).toMatchObject({
      outcome: 'written',
      alreadyThere: false,
    })
  })

  it('of a Secret never quote what the API server says about it; the before-image has what was there', async () => {
    const name = `db-${nextNumber()}`
    await kubectl.create(`/api/v1/namespaces/${from}/secrets`, secret(name, { password: 'canary-9f3b7d-new' }))
    await kubectl.create(`/api/v1/namespaces/${to}/secrets`, secret(name, { password: 'canary-9f3b7d-old' }))
    const execution = await planned({ kind: 'Secret', name }, { mode: 'fields', paths: ['data[password]'] })
    proxy.faults.push(status(422, 'Invalid', 'Secret is invalid: data[password]: Invalid value: "canary-9f3b7d-new"'))
    const refused = await sites.call(executeWrite, execution)
    expect(refused).toMatchObject({
      outcome: 'failed',
      problem: { message: expect.stringContaining('status 422, Invalid') },
    })
    expect(JSON.stringify(refused)).not.toContain('canary')
    const written = await sites.call(executeWrite, execution)
    if (written.outcome !== 'written' || written.beforeImage === undefined) throw new Error(JSON.stringify(written))
    const { store, masterKey } = sites.ground
    const now = () => new Date()
    const keys = await createKeyring({ masterKey, store, now }).of('org-1')
    const image = await createBeforeImages({ store, now }).read(written.beforeImage, 'org-1', keys)
    expect(image).toMatchObject({
      kind: 'Secret',
      data: { password: Buffer.from('canary-9f3b7d-old').toString('base64') },
    })
    expect(JSON.stringify(await Array.fromAsync(store.readAll()))).not.toContain(
      Buffer.from('canary-9f3b7d').toString('base64').slice(0, 16),
    )
  })
})
