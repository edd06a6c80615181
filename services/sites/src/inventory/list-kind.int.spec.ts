import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ConnectedSite, openSite } from '../connection/connected-site.ts'
import type { KubeApi } from '../connection/kube-api.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { listKind } from './list-kind.ts'
import { contentOf } from './watched-cache.fixtures.ts'
import { startSimulatedCluster, type WatchedCluster } from './watched-cluster.fixtures.ts'

const signal = new AbortController().signal

describe('a list in pages', () => {
  let cluster: WatchedCluster
  let site: ConnectedSite
  let namespace = ''
  beforeAll(async () => {
    cluster = await startSimulatedCluster()
    site = openSite(
      { kind: 'rancher', url: cluster.url, secret: { token: cluster.token } },
      { policy: createNetworkPolicy({ allowLoopback: true }), concurrency: 10 },
    )
  })
  beforeEach(async () => {
    namespace = await cluster.namespace()
    for (let index = 0; index < 7; index += 1) await cluster.put(namespace, `c-${index}`, '1', {})
  })
  afterAll(async () => {
    await site[Symbol.asyncDispose]()
    await cluster[Symbol.asyncDispose]()
  })

  /** The API of a cluster that changes after each of the first pages, and forgets what was before. */
  const forgetful = (times: number): { readonly api: KubeApi; readonly sizes: (number | undefined)[] } => {
    const api = site.cluster(cluster.clusterId)
    const sizes: (number | undefined)[] = []
    let left = times
    return {
      sizes,
      api: {
        ...api,
        list: async function* (kind, place, abort, select, pageSize) {
          sizes.push(pageSize)
          for await (const page of api.list(kind, place, abort, select, pageSize)) {
            yield page
            if (left <= 0) continue
            left -= 1
            await cluster.remove(namespace, `c-${left}`)
            await cluster.put(namespace, `d-${left}`, '1', {})
            cluster.compact()
          }
        },
      },
    }
  }
  const listed = async (api: KubeApi): Promise<readonly (readonly [string, string])[]> => {
    const { objects } = await listKind(api, { kind: 'ConfigMap', namespace, signal, pageSize: 2 })
    return objects.map((object) => [object.metadata.name, contentOf(object)] as const)
  }

  it.each([
    ['begins anew when its token has expired', 1, [2, 2]],
    ['ends as one page when that happens again and again', 9, [2, 2, 0]],
  ])('%s', async (_how, times, sizes) => {
    const server = forgetful(times)
    const before = times > 2 ? await cluster.contents(namespace) : undefined
    const found = await listed(server.api)
    expect(server.sizes).toEqual(sizes)
    // What the last attempt began with: the single page is followed by one more change.
    const there = new Map(await cluster.contents(namespace))
    if (before !== undefined) {
      expect(there.delete('d-6')).toBe(true)
      there.set('c-6', before.get('c-6') ?? '')
    }
    expect(found.toSorted()).toEqual([...there].toSorted())
  })

  it('says it when even one page expires', async () => {
    cluster.faults.add({ kind: 'error', status: 410, path: '/configmaps' })
    await expect(listed(site.cluster(cluster.clusterId))).rejects.toMatchObject({ status: 410 })
    cluster.faults.clear()
  })
})
