import { describe, expect, it } from 'vitest'
import { startFleet } from '../fleet.ts'

describe('bookmarks of a watch', () => {
  it('are not from before its beginning', async () => {
    await using fleet = await startFleet({ stepMs: 1 })
    const { url, token } = fleet.ranchers.dev
    const { cluster, clusterId } = fleet.places.dev
    cluster.bookmarkMs = 1
    // From the future, as after a backup was restored: further than the controllers get meanwhile.
    const since = cluster.revision + 1_000_000
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${since}&timeoutSeconds=1`
    const response = await fetch(`${url}/k8s/clusters/${clusterId}/api/v1/namespaces/shop/configmaps?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })
})
