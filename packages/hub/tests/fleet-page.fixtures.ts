import type { ApiClient } from '@rancher-hub/api-client'
import { listInstances } from '@rancher-hub/contracts'
import { type Fleet, type FleetOptions, startFleet } from '@rancher-hub/fleet'
import type { Browser, Page } from 'playwright-core'
import { connectFleet } from '../src/index.ts'
import { openBrowser, signInAs, watchForErrors } from './browser.fixtures.ts'
import { openTestHub, type TestHub } from './hub.fixtures.ts'

type Stage = keyof Fleet['places']

/** Ids of the app instances of a connected fleet, by stage. */
export const instanceIds = async (client: ApiClient): Promise<Record<Stage, string>> => {
  const { items } = await client.call(listInstances, {})
  const idOf = (name: string): string => items.find((each) => each.environment.name === name)?.id ?? ''
  return { dev: idOf('Dev'), staging: idOf('Staging'), production: idOf('Production') }
}

/** A hub that is connected to a simulated fleet, and its administrator in a browser. */
export interface FleetPage extends AsyncDisposable {
  readonly fleet: Fleet
  readonly test: TestHub
  readonly browser: Browser
  readonly page: Page
  /** See {@link watchForErrors}. */
  readonly errors: string[]
  /** Of the app instances, by stage. */
  readonly ids: Record<Stage, string>
}
export const openFleetPage = async (options: FleetOptions): Promise<FleetPage> => {
  await using stack = new AsyncDisposableStack()
  const fleet = stack.use(await startFleet(options))
  const test = stack.use(await openTestHub())
  await connectFleet(test.administrator, fleet)
  const ids = await instanceIds(test.administrator)
  const browser = stack.adopt(await openBrowser(), async (opened) => await opened.close())
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  const errors = watchForErrors(page)
  await signInAs(page, test.url)
  const owned = stack.move()
  return { fleet, test, browser, page, errors, ids, [Symbol.asyncDispose]: async () => await owned.disposeAsync() }
}

/** Puts an object into a stage through its API, as kubectl would. */
export const createIn = async (fleet: Fleet, stage: Stage, path: string, object: object): Promise<void> => {
  const { rancher, clusterId, namespace } = fleet.places[stage]
  const { url, token } = fleet.ranchers[rancher]
  const [group, plural] = path.split(' ')
  const response = await fetch(`${url}/k8s/clusters/${clusterId}${group}/namespaces/${namespace}/${plural}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(object),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  await response.text()
}

/** Changes the replicas of a Deployment by hand. */
export const scale = (fleet: Fleet, stage: Stage, name: string, replicas: number): void => {
  const { cluster, namespace } = fleet.places[stage]
  cluster.edit('Deployment', namespace, name, 'kubectl-edit', (object) => {
    const spec = object['spec'] as { replicas: number }
    spec.replicas = replicas
  })
}
