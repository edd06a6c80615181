import { connectSite, permissions, previewSelector } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { createCaller, createTokenSigner, newId } from '@rancher-hub/service-kit'
import { describe, expect, it, vi } from 'vitest'
import { ORGANIZATION, startSites } from '../../sites.fixtures.ts'

describe('preview-selector', () => {
  it('answers who stays, although who asked for the same first has left', async () => {
    await using fleet = await startFleet({ stepMs: 1 })
    await using sites = await startSites()
    const { url, token, faults, server } = fleet.ranchers.dev
    const { id: siteId } = await sites.call(connectSite, { name: 'Dev', connection: { kind: 'rancher', url, token } })
    const signer = createTokenSigner('gateway', sites.ground.gatewayKeys.privateKey)
    const actor = { kind: 'user', userId: newId(), name: 'Ada', permissions } as const
    const signed = await signer.sign({ organization: ORGANIZATION, actor })
    const preview = async (labelSelector: string, signal?: AbortSignal) =>
      await createCaller(sites.bus).call(
        previewSelector,
        { siteId, clusterId: 'c-m-dev00001', namespace: 'shop', labelSelector },
        { token: signed, correlationId: newId(), signal },
      )
    const asked = () => server.requestsWith(token).filter((request) => request.includes('/v3/clusters')).length
    const before = asked()
    faults.add({ kind: 'latency', ms: 500, path: 'namespaces/shop$' })
    const leaving = new AbortController()
    const first = expect(preview('a=b', leaving.signal)).rejects.toThrow('typed on')
    const second = preview('a=bc')
    await vi.waitUntil(() => asked() > before)
    leaving.abort(new Error('typed on'))
    await first
    expect((await second).kinds.every(({ problem }) => problem === undefined)).toBe(true)
  })
})
