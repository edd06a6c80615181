import { setTimeout as wait } from 'node:timers/promises'
import { LiveHint, listWorkloads } from '@rancher-hub/contracts'
import { type LargeFleet, startLargeFleet } from '@rancher-hub/fleet'
import { WebSocket } from 'undici'
import { bindFleet, type HubProcess, startHubProcess } from './hub-process.ts'

const INSTANCES = 20
const WORKLOADS_EACH = 250
const PER_SECOND = 50
const SECONDS = 12
/** Changes of the first seconds are not measured. */
const WARM_UP = PER_SECOND * 2
const PAGE = 200
const BAR_MS = 300
const LATE_MS = 10_000
const POLL_MS = 200
/** After the first lists: what they left behind is cleared away. */
const SETTLE_MS = 5_000
/** Pages of the web application gather hints for so long before they ask again. */
const BROWSER_GATHERS_MS = 150

/** Times of changes until they were seen, by the tag that each gave its workload. */
interface Changes {
  readonly made: Map<string, number>
  readonly times: number[]
}

/** Somebody who looks at the page, and asks for it again whenever a hint comes; not twice at the same time. */
const openViewer = async ({ origin, session }: HubProcess, changes: Changes, gatherMs: number) => {
  const headers = { cookie: session.cookie(), origin }
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/live`, { headers })
  let failure: unknown
  let isAsking = false
  let askAgain = false
  const look = async (): Promise<void> => {
    if (isAsking) {
      askAgain = true
      return
    }
    isAsking = true
    do {
      askAgain = false
      if (gatherMs > 0) await wait(gatherMs)
      const { items } = await session.client.call(listWorkloads, { limit: PAGE, sort: 'age' })
      const now = performance.now()
      for (const { images } of items) {
        const tag = images['app']?.split(':').at(-1) ?? ''
        const madeAt = changes.made.get(tag)
        if (madeAt === undefined) continue
        changes.made.delete(tag)
        changes.times.push(now - madeAt)
      }
    } while (askAgain)
    isAsking = false
  }
  socket.onmessage = ({ data }) => {
    const hint = LiveHint.safeParse(JSON.parse(String(data)))
    if (hint.success && hint.data.topic === 'lists')
      look().catch((error: unknown) => {
        failure ??= error
      })
  }
  const opened = Promise.withResolvers<void>()
  socket.onopen = () => opened.resolve()
  socket.onerror = () => opened.reject(new Error('The live feed was refused'))
  await opened.promise
  return {
    /** @throws what the first page failed with that could not be read */
    check: () => {
      if (failure !== undefined) throw failure
    },
    [Symbol.dispose]: () => socket.close(),
  }
}

/** Changes one workload after the other at an even pace, each to a tag of its own. */
const change = async (
  fleet: LargeFleet,
  names: readonly (readonly [place: number, name: string])[],
  changes: Changes,
) => {
  const begun = performance.now()
  const total = PER_SECOND * SECONDS
  for (let turn = 0; turn < total; turn += 1) {
    const due = begun + (turn * 1000) / PER_SECOND
    await wait(Math.max(0, due - performance.now()))
    const [place = 0, name = ''] = names[turn % names.length] ?? []
    const at = fleet.places[place]
    const tag = `${turn}-${Math.trunc(begun)}`
    at?.cluster.edit('Deployment', at.namespace, name, 'kubectl-edit', (object) => {
      const spec = object['spec'] as { template: { spec: { containers: { image: string }[] } } }
      for (const container of spec.template.spec.containers) container.image = `registry.example/app:${tag}`
    })
    if (turn >= WARM_UP) changes.made.set(tag, performance.now())
  }
}

const quantile = (times: readonly number[], part: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * part)] ?? 0

const measure = async (fleet: LargeFleet, hub: HubProcess, gatherMs: number) => {
  const { client } = hub.session
  const { items, instances } = await client.call(listWorkloads, { limit: PAGE, sort: 'age' })
  const placeOf = new Map(instances.map(({ instance: { id, name } }) => [id, Number(name.split(' ')[1])]))
  const names = items.map(({ instanceId, name }) => [placeOf.get(instanceId) ?? 0, name] as const)
  const changes: Changes = { made: new Map(), times: [] }
  using viewer = await openViewer(hub, changes, gatherMs)
  await change(fleet, names, changes)
  for (let waited = 0; changes.made.size > 0 && waited < LATE_MS; waited += POLL_MS) await wait(POLL_MS)
  viewer.check()
  return { lost: changes.made.size, times: changes.times }
}

const result = (name: string, { lost, times }: Awaited<ReturnType<typeof measure>>, what: string) => {
  const p99 = quantile(times, 0.99)
  return {
    name,
    value: p99,
    unit: `ms p99 (p50 ${quantile(times, 0.5).toFixed(0)}, longest ${quantile(times, 1).toFixed(0)}, ${lost} of ${lost + times.length} never seen) ${what}`,
    against: { what: 'bar, ms', value: BAR_MS },
    ratio: p99 / BAR_MS,
    bar: 1,
    met: lost === 0 && p99 < BAR_MS,
  }
}

/**
 * 50 changes a second on the server, among 5,000 workloads of 20 instances, until the page of another viewer shows each:
 * hint over the WebSocket, list asked for again. As an API client does it, and as the web application, which gathers
 * hints first.
 */
export const run = async () => {
  await using fleet = await startLargeFleet({ instances: INSTANCES, workloadsEach: WORKLOADS_EACH })
  await using hub = await startHubProcess()
  await bindFleet(hub.session, fleet)
  while ((await hub.session.client.call(listWorkloads, { limit: 1 })).total < INSTANCES * WORKLOADS_EACH)
    await wait(POLL_MS)
  await wait(SETTLE_MS)
  const client = await measure(fleet, hub, 0)
  const browser = await measure(fleet, hub, BROWSER_GATHERS_MS)
  return [
    result('watch-latency', client, 'from the change on the server until a WebSocket client’s page shows it'),
    result('watch-latency: browser', browser, 'the same, with the web application’s gathering of hints'),
  ]
}
