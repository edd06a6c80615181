import { type Fleet, resourceOfKind } from '@rancher-hub/fleet'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, expectFits, screens, shoot } from './browser.fixtures.ts'
import { createIn, type FleetPage, openFleetPage } from './fleet-page.fixtures.ts'
import type { TestHub } from './hub.fixtures.ts'

const image = 'registry.lantern.example/shop/checkout'
const labels = { app: 'checkout' }
const revisionLabels = { ...labels, 'rollouts-pod-template-hash': '7d4b9c' }
const podSpec = { containers: [{ name: 'checkout', image: `${image}:2.0.0` }] }

describe.skipIf(chromiumPath === undefined)('the page of a workload that is only shown [Chromium]', () => {
  let opened: FleetPage
  let fleet: Fleet
  let test: TestHub
  let page: Page
  let errors: string[]
  let staging: string

  /** What Argo Rollouts would make: nothing acts on Rollouts in the simulator. */
  const makeRollout = async (): Promise<void> => {
    const { cluster, namespace } = fleet.places.staging
    await createIn(fleet, 'staging', '/apis/argoproj.io/v1alpha1 rollouts', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Rollout',
      metadata: { name: 'checkout' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } },
        template: { metadata: { labels }, spec: podSpec },
      },
    })
    cluster.edit('Rollout', namespace, 'checkout', 'rollouts-controller', (object) => {
      object['status'] = { phase: 'Degraded', message: 'RolloutAborted: metric "errors" failed', readyReplicas: 1 }
    })
    const owner = (kind: string, name: string) => {
      const { uid = '' } = cluster.get(resourceOfKind(kind), namespace, name).metadata
      return [{ apiVersion: 'v1', kind, name, uid, controller: true }]
    }
    const annotations = { 'rollout.argoproj.io/revision': '4' }
    cluster.create(resourceOfKind('ReplicaSet'), namespace, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: 'checkout-7d4b9c',
        labels: revisionLabels,
        annotations,
        ownerReferences: owner('Rollout', 'checkout'),
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: revisionLabels },
        template: { metadata: { labels: revisionLabels }, spec: podSpec },
      },
    })
    cluster.create(resourceOfKind('Pod'), namespace, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'checkout-7d4b9c-x7bqz',
        labels: revisionLabels,
        ownerReferences: owner('ReplicaSet', 'checkout-7d4b9c'),
      },
      spec: podSpec,
      status: {
        phase: 'Running',
        containerStatuses: [
          { name: 'checkout', image, imageID: '', ready: true, restartCount: 0, state: { running: {} } },
        ],
      },
    })
  }

  beforeAll(async () => {
    opened = await openFleetPage({ stepMs: 100, deadlineMs: 1_500 })
    ;({
      fleet,
      test,
      page,
      errors,
      ids: { staging },
    } = opened)
    await makeRollout()
  })
  afterAll(async () => await opened?.[Symbol.asyncDispose]())

  it('opens from its row in the list', async () => {
    await page.goto(`${test.url}/workloads?kind=Rollout`)
    await page.getByRole('link', { name: 'checkout' }).click()
    await page.getByRole('heading', { level: 1, name: 'checkout' }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/instances/${staging}/workloads/Rollout/checkout`)
    await page.getByText('Degraded: RolloutAborted: metric "errors" failed').waitFor()
    await page.getByText('Workloads of this kind are shown, not compared or synced.').waitFor()
    await page.getByText('Canary in 2 steps').waitFor()
    await page.getByRole('rowheader', { name: 'checkout-7d4b9c-x7bqz' }).waitFor()
    expect(await page.getByRole('tab').allTextContents()).toEqual(['Pods', 'Logs', 'Events', 'Revisions', 'References'])
  })

  it('shows its revisions and the log of its pod', async () => {
    await page.getByRole('tab', { name: 'Revisions' }).click()
    const revision = page.getByRole('row').filter({ hasText: 'current' })
    await revision.getByRole('rowheader', { name: '4', exact: true }).waitFor()
    expect(await revision.textContent()).toContain('2.0.0')
    await page.getByRole('tab', { name: 'Logs' }).click()
    await page.getByRole('region', { name: 'Lines of the log' }).waitFor()
  })

  it('says that there is none where the cluster does not have the kind', async () => {
    await page.goto(`${test.url}/instances/${staging}/workloads/AdvancedStatefulSet/checkout`)
    await page.getByText('There is no StatefulSet checkout here').waitFor()
    await page.getByText(/or its cluster does not have this kind/).waitFor()
    await shoot(page, 'shown-workload-none')
  })

  it('fits every width, in both themes', async () => {
    for (const [width, theme] of screens) {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: theme })
      await page.goto(`${test.url}/instances/${staging}/workloads/Rollout/checkout`)
      await page.getByText('Degraded: RolloutAborted: metric "errors" failed').waitFor()
      await expectFits(page)
      await shoot(page, `shown-workload-${width}-${theme}`)
    }
    expect(errors).toEqual([])
  })
})
