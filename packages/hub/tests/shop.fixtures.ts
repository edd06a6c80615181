import { base64, type Json, type TestCluster } from './cluster.fixtures.ts'

const deployment = (name: string, image: string, env: Record<string, string> = {}): Json => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name, image, env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }] },
    },
  },
})
const config = (theme: string): Json => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'shop-settings' },
  data: { theme, currency: 'EUR' },
})
const secret = (password: string): Json => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'shop-db' },
  data: { password: base64(password) },
})

/** A small shop in two namespaces that differ in one workload, one ConfigMap key and one Secret key. */
export const seedShop = async (cluster: TestCluster, source: string, target: string): Promise<void> => {
  for (const namespace of [source, target])
    await cluster.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    })
  await seedObjects(cluster, source, target)
}

/** The same in namespaces that are there. */
export const seedObjects = async (
  cluster: Pick<TestCluster, 'apply'>,
  source: string,
  target: string,
): Promise<void> => {
  const common = [
    deployment('catalog', 'registry.example/shop/catalog:3.1.0'),
    deployment('recommendation-engine-with-a-rather-long-name', 'registry.example/shop/recommendation:0.9.1'),
  ]
  await cluster.apply(source, [
    ...common,
    deployment('cart', 'registry.example/shop/cart:1.5.0', { LOG_LEVEL: 'info', FAST_LANE: 'on' }),
    config('dark'),
    secret('new'),
  ])
  await cluster.apply(target, [
    ...common,
    deployment('cart', 'registry.example/shop/cart:1.4.2', { LOG_LEVEL: 'info' }),
    config('light'),
    secret('old'),
  ])
}
