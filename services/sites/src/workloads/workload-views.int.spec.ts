import { startFleet } from '@rancher-hub/fleet'
import { createLogger } from '@rancher-hub/service-kit'
import { expect, it } from 'vitest'
import { openSite } from '../connection/connected-site.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { quickTiming } from '../sites.fixtures.ts'
import { createWorkloadViews } from './workload-views.ts'

it('watch once for all who look, and cost nothing when nobody does', async () => {
  await using fleet = await startFleet({ stepMs: 10 })
  const { url, token } = fleet.ranchers.dev
  const policy = createNetworkPolicy({ allowLoopback: true })
  await using site = openSite({ kind: 'rancher', url, secret: { token } }, { policy, concurrency: 10 })
  const instance = {
    _id: 'i-1',
    org: 'org',
    siteId: 's-1',
    clusterId: 'c-m-dev00001',
    namespace: 'shop',
  } as InstanceDoc
  const hints: string[] = []
  await using views = createWorkloadViews({
    apiOf: async () => site.cluster(instance.clusterId),
    timing: quickTiming,
    log: createLogger({ level: 'silent' }),
    idleMs: 300,
    hintMs: 5,
    hint: (organization, id) => hints.push(`${organization} ${id}`),
  })
  const ref = { kind: 'Deployment', name: 'cart' } as const
  const look = () => views.use(instance, ref)
  expect(look()).toBe(look())
  await look().settled(['workload', 'pods', 'replicaSets', 'events'], 10_000)
  await expect.poll(() => look().ownPods().length, { timeout: 10_000 }).toBe(1)
  expect(hints).toContain('org i-1/Deployment/cart')
  expect(views.count()).toBe(1)
  await expect.poll(() => views.count(), { timeout: 10_000 }).toBe(0)
})
