import { setTimeout as pause } from 'node:timers/promises'
import { listEnvironments } from '@rancher-hub/contracts'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { openMongoReadModels } from '@rancher-hub/read-model/mongodb'
import { newId } from '@rancher-hub/service-kit'
import { WebSocket } from 'undici'
import { type BenchHub, withDistributedHub } from './bench-hub.ts'

const PROBES = 400
const WARM_UP = 50
/** Between two changes; more than a handful of people make. */
const PACE_MS = 20
/** What takes that long was lost. */
const LATE_MS = 10_000
const MODEL_BAR_MS = 50
const BROWSER_BAR_MS = 300

/** Changes an environment by an event that is appended right here, so that the moment of the append is known. */
const openChanges = async ({ servers, environmentIds }: BenchHub) => {
  const store = openEventStoreDb({ url: servers.urls.eventStore })
  const [environmentId = ''] = environmentIds
  const all = await Array.fromAsync(store.readAll({ categories: ['landscape'] }))
  const last = all.at(-1)
  if (last === undefined) throw new Error('Nothing was ever changed')
  let { revision } = last
  let made = 0
  return {
    environmentId,
    /** Appends one; its colour is one that was not there before. */
    append: async (): Promise<{ readonly colour: string; readonly position: number }> => {
      made += 1
      const colour = `#${made.toString(16).padStart(6, '0')}`
      const data = { environmentId, name: 'Development', colour, protected: false }
      const event = { id: newId(), type: 'EnvironmentEdited', data, metadata: last.metadata }
      const { position } = await store.append(last.stream, [event], { expected: revision })
      revision += 1
      return { colour, position }
    },
    [Symbol.asyncDispose]: async () => await store[Symbol.asyncDispose](),
  }
}
type Changes = Awaited<ReturnType<typeof openChanges>>

const at = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * share)] ?? 0

/** Milliseconds until `seen` resolves, again and again: since the store has said that the event is appended, and since it was sent. */
const measure = async (changes: Changes, seen: (colour: string, position: number) => Promise<void>) => {
  const times: { readonly appended: number; readonly sent: number }[] = []
  for (let probe = -WARM_UP; probe < PROBES; probe += 1) {
    await pause(PACE_MS)
    const sentAt = performance.now()
    const { colour, position } = await changes.append()
    const appendedAt = performance.now()
    await seen(colour, position)
    const now = performance.now()
    if (probe >= 0) times.push({ appended: now - appendedAt, sent: now - sentAt })
  }
  const appended = times.map((each) => each.appended)
  const sent = times.map((each) => each.sent)
  return { p50: at(appended, 0.5), p99: at(appended, 0.99), max: at(appended, 1), sentP99: at(sent, 0.99) }
}

const result = (
  name: string,
  { p50, p99, max, sentP99 }: Awaited<ReturnType<typeof measure>>,
  what: string,
  barMs: number,
) => ({
  name,
  value: p99,
  unit: `ms p99 (p50 ${p50.toFixed(1)}, longest ${max.toFixed(1)}; with the append itself p99 ${sentP99.toFixed(1)}) ${what}`,
  against: { what: 'bar, ms', value: barMs },
  ratio: p99 / barMs,
  bar: 1,
  met: p99 < barMs,
})

/** Until the document in MongoDB has the event in it: asked for again and again. */
const inMongodb = async ({ servers }: BenchHub, changes: Changes) => {
  await using models = openMongoReadModels({ url: servers.urls.mongodb, database: 'hub_sites' })
  const environments = await models.collection('environments')
  return await measure(changes, async (_, position) => {
    while (((await environments.get(changes.environmentId))?._position ?? -1) < position);
  })
}

const openSocket = async ({ hub, cookie }: BenchHub): Promise<WebSocket> => {
  const headers = { cookie: cookie(), origin: hub.url }
  const socket = new WebSocket(`${hub.url.replace('http', 'ws')}/api/v1/live`, { headers })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.onopen = () => resolve()
  socket.onerror = () => reject(new Error('The live feed was refused'))
  await promise
  return socket
}

/** Until another viewer's list shows it: a WebSocket client of the gateway that fetches the list when a hint arrives. */
const inBrowser = async (bench: BenchHub, changes: Changes) => {
  const socket = await openSocket(bench)
  let shown: string | undefined
  let check: () => void = () => undefined
  const refetch = async (): Promise<void> => {
    const { items } = await bench.client.call(listEnvironments, {})
    shown = items.find(({ id }) => id === changes.environmentId)?.colour
    check()
  }
  const failed = Promise.withResolvers<never>()
  socket.onmessage = ({ data }) => {
    if (String(data).includes('"environments"')) refetch().catch(failed.reject)
  }
  const showing = async (wanted: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    check = () => {
      if (shown === wanted) resolve()
    }
    check()
    const late = setTimeout(() => failed.reject(new Error(`${wanted} was never shown`)), LATE_MS)
    await Promise.race([promise, failed.promise])
    clearTimeout(late)
  }
  try {
    return await measure(changes, showing)
  } finally {
    socket.close()
  }
}

/**
 * From an event being appended until it is in MongoDB, and until somebody else's list
 * shows it. With one process per service; one change after the other, as people make them.
 */
export const run = async () =>
  await withDistributedHub('projection-lag', async (bench) => {
    await using changes = await openChanges(bench)
    const model = await inMongodb(bench, changes)
    const browser = await inBrowser(bench, changes)
    return [
      result('projection-lag', model, 'from appended until it is in MongoDB', MODEL_BAR_MS),
      result(
        'live-lag',
        browser,
        'from appended until a WebSocket client of the gateway has had the hint and refetched the list with it',
        BROWSER_BAR_MS,
      ),
    ]
  })
