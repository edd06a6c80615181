import {
  bindInstance,
  connectSite,
  createEnvironment,
  createIgnoreRule,
  executeSync,
  getSync,
  listClusters,
  planSync,
} from '@rancher-hub/contracts'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { chromiumPath, expectFits, openBrowser, screens, shoot, signInAs, watchForErrors } from './browser.fixtures.ts'
import { openRealCluster, type TestCluster } from './cluster.fixtures.ts'
import { openTestHub, shapes, type TestHub } from './hub.fixtures.ts'
import { seedShop } from './shop.fixtures.ts'

const kubeconfigFile = process.env['KUBECONFIG_REAL']

describe.each(shapes)('every screen, %s', (shape, possible) => {
  describe.skipIf(kubeconfigFile === undefined || chromiumPath === undefined || !possible)(
    '[real Kubernetes, Chromium, servers]',
    () => {
      const run = Date.now().toString(36)
      const [source, target] = [`screens-dev-${run}`, `screens-prod-${run}`]
      let cluster: TestCluster
      let test: TestHub
      let browser: Browser
      const paths: Record<string, string> = {}

      beforeAll(async () => {
        cluster = openRealCluster(kubeconfigFile ?? '')
        await seedShop(cluster, source, target)
        test = await openTestHub({}, shape)
        const { administrator: ada } = test
        const { id: siteId } = await ada.call(connectSite, {
          name: 'Rancher Europe West, the cluster of the shop',
          connection: { kind: 'kubernetes', kubeconfig: cluster.kubeconfig },
        })
        const clusterId = (await ada.call(listClusters, { siteId })).items[0]?.id ?? ''
        const bind = async (name: string, colour: string, namespace: string, isProtected: boolean) => {
          const { id: environmentId } = await ada.call(createEnvironment, { name, colour, protected: isProtected })
          return (
            await ada.call(bindInstance, {
              name: `shop ${name.toLowerCase()}`,
              environmentId,
              siteId,
              clusterId,
              namespace,
            })
          ).id
        }
        const [dev, production] = [
          await bind('Dev', '#2f855a', source, false),
          await bind('Production', '#c53030', target, true),
        ]
        const { id: syncId } = await ada.call(planSync, {
          source: dev,
          targets: [production],
          items: [{ object: { kind: 'Deployment', name: 'cart' }, selection: { mode: 'images' } }],
          note: 'Release 1.5 of the cart',
        })
        await vi.waitUntil(async () => (await ada.call(getSync, { syncId })).state === 'planned', { timeout: 30_000 })
        const { planHash } = await ada.call(getSync, { syncId })
        await ada.call(executeSync, { syncId, planHash: planHash ?? '', confirmation: ['Production'] })
        await vi.waitUntil(async () => (await ada.call(getSync, { syncId })).state === 'completed', { timeout: 60_000 })
        const { id: planned } = await ada.call(planSync, {
          source: dev,
          targets: [production],
          items: [
            {
              object: { kind: 'ConfigMap', name: 'shop-settings' },
              selection: { mode: 'fields', paths: ['data[theme]'] },
            },
          ],
        })
        await vi.waitUntil(async () => (await ada.call(getSync, { syncId: planned })).state === 'planned', {
          timeout: 30_000,
        })
        await ada.call(createIgnoreRule, {
          match: { kinds: ['Deployment'], paths: ['containers[*].env[FAST_*]'] },
          reason: 'Only where it is tried out',
        })
        Object.assign(paths, {
          overview: '/',
          'first-steps': '/first-steps',
          compare: `/compare?instances=${dev},${production}&state=all`,
          workload: `/instances/${production}/workloads/Deployment/cart`,
          'workload-logs': `/instances/${production}/workloads/Deployment/cart?tab=logs`,
          'workload-events': `/instances/${production}/workloads/Deployment/cart?tab=events`,
          'workload-revisions': `/instances/${production}/workloads/Deployment/cart?tab=revisions`,
          'workload-references': `/instances/${production}/workloads/Deployment/cart?tab=references`,
          'workload-syncs': `/instances/${production}/workloads/Deployment/cart?tab=syncs`,
          workloads:
            '/workloads?cols=name,kind,environment,instance,namespace,site,status,images,restarts,drift,owner,labels,age',
          config: `/config?instance=${dev}&instance=${production}`,
          'config-map': `/instances/${production}/config/ConfigMap/shop-settings?key=theme`,
          secret: `/instances/${production}/config/Secret/shop-db`,
          'object-diff': `/compare/object?source=${dev}&target=${production}&kind=Deployment&name=cart`,
          plan: `/syncs/${planned}`,
          sync: `/syncs/${syncId}`,
          history: '/history',
          sites: '/settings/sites',
          rights: `/settings/sites/rights?ns=${source},${target}&mode=read-and-sync&secrets=yes&wide=namespace-names`,
          'rights-rancher': '/settings/sites/rights?kind=rancher&wide=read',
          'rights-empty': '/settings/sites/rights',
          networks: '/settings/networks?address=http://169.254.169.254',
          environments: '/settings/environments',
          instances: '/settings/instances',
          'ignore-rules': '/settings/ignore-rules',
          people: '/settings/people',
          profile: '/settings/profile',
          'not-found': '/nowhere',
        })
        browser = await openBrowser()
      })

      afterAll(async () => {
        await browser?.close()
        await test?.[Symbol.asyncDispose]()
        for (const namespace of [source, target]) await cluster?.call('DELETE', `/api/v1/namespaces/${namespace}`)
      })

      const signedIn = async (width: number, colorScheme: 'light' | 'dark'): Promise<BrowserContext> => {
        const context = await browser.newContext({
          viewport: { width, height: width < 600 ? 780 : 900 },
          colorScheme,
          reducedMotion: 'reduce',
        })
        const page = await context.newPage()
        await page.goto(`${test.url}/sign-in`)
        await page.getByLabel('Sign-in name').waitFor()
        await expectFits(page, 'sign-in')
        await shoot(page, `sign-in-${width}-${colorScheme}`)
        await signInAs(page, test.url)
        await page.close()
        return context
      }

      it.each(screens)('is accessible and fits at %i px, %s', async (width, scheme) => {
        await using context = await signedIn(width, scheme)
        const page = await context.newPage()
        const errors = watchForErrors(page)
        for (const [name, path] of Object.entries(paths)) {
          await page.goto(test.url + path)
          await page.locator('h1, h2').first().waitFor()
          await expect.poll(async () => await page.locator('[aria-busy="true"]').count()).toBe(0)
          await shoot(page, `${name}-${width}-${scheme}`)
          await expectFits(page, name)
        }
        // The real server has no kubelet to ask for a log: the page shows its sentence, the browser notes the status.
        expect(errors.filter((error) => !error.includes('status of 502'))).toEqual([])
      })
    },
  )
})
