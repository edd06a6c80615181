import { setTimeout as wait } from 'node:timers/promises'
import { type ApiClient, ProblemError } from '@rancher-hub/api-client'
import {
  bindInstance,
  connectSite,
  createEnvironment,
  executeSync,
  getSync,
  listClusters,
  listSyncItems,
  planSync,
  redeemLink,
  terminalSyncStates,
} from '@rancher-hub/contracts'
import type { CrashTarget } from './crash-target.ts'
import type { CrashHub } from './hub-process.ts'

export interface CrashOptions {
  readonly hub: CrashHub
  readonly target: CrashTarget
  readonly kills: number
  /** Objects in each sync: half ConfigMaps, half Deployments. */
  readonly objects: number
  /** Makes the moments of the kills repeatable. */
  readonly seed: number
  readonly say: (line: string) => void
}

/** One sync of the run: how often the hub was killed in it, and how it ended. */
export interface CrashRound {
  readonly syncId: string
  readonly kills: readonly { readonly what: string; readonly state: string; readonly afterMs: number }[]
  readonly state: string
  readonly writes: number
}
export interface CrashResult {
  readonly rounds: readonly CrashRound[]
  readonly kills: number
  readonly violations: readonly string[]
}

/** mulberry32: small, seeded, good enough to spread kills. */
const randomOf = (seed: number) => {
  let state = seed
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const nameOf = (index: number): string => `crash-${String(index).padStart(3, '0')}`
const isConfig = (index: number): boolean => index % 2 === 0
const tagOf = (round: number): string => `1.${round}.0`

const objectOf = (index: number, round: number) => {
  const name = nameOf(index)
  if (isConfig(index))
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { version: tagOf(round), keep: 'this' } }
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'app', image: `registry.example/app:${tagOf(round)}` }] },
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template },
  }
}
const listPath = (namespace: string, index: number): string =>
  isConfig(index) ? `/api/v1/namespaces/${namespace}/configmaps` : `/apis/apps/v1/namespaces/${namespace}/deployments`

const prepare = async (target: CrashTarget, namespaces: readonly string[], objects: number): Promise<void> => {
  for (const namespace of namespaces) {
    await target.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    })
    for (let index = 0; index < objects; index += 1)
      await target.call('POST', listPath(namespace, index), objectOf(index, 0))
  }
}
const changeSource = async (target: CrashTarget, namespace: string, objects: number, round: number): Promise<void> => {
  for (let index = 0; index < objects; index += 1) {
    const { metadata: _, ...change } = objectOf(index, round)
    await target.call('PATCH', `${listPath(namespace, index)}/${nameOf(index)}`, change)
  }
}

const connect = async (
  client: ApiClient,
  target: CrashTarget,
  namespaces: readonly [string, string],
): Promise<readonly [string, string]> => {
  const { id: siteId } = await client.call(connectSite, { name: 'Crash site', connection: target.connection })
  const clusterId = target.clusterId ?? (await client.call(listClusters, { siteId })).items[0]?.id ?? ''
  const bind = async (name: string, namespace: string): Promise<string> => {
    const { id: environmentId } = await client.call(createEnvironment, { name, colour: '#2f855a' })
    return (await client.call(bindInstance, { name, environmentId, siteId, clusterId, namespace })).id
  }
  return [await bind('Source', namespaces[0]), await bind('Target', namespaces[1])]
}

const isTerminal = (state: string): boolean => (terminalSyncStates as readonly string[]).includes(state)

/** Asks until there is an answer: right after a start the hub may not listen yet. */
const stateOf = async (client: ApiClient, syncId: string): Promise<string> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return (await client.call(getSync, { syncId })).state
    } catch (error) {
      if (!(error instanceof ProblemError) || attempt > 600) throw error
      await wait(50)
    }
  }
}

/** Waits for a state, executing the plan when it is ready. Undefined: nobody answers now. */
const advance = async (client: ApiClient, syncId: string): Promise<string | undefined> => {
  try {
    const sync = await client.call(getSync, { syncId })
    if (sync.state === 'planned') await client.call(executeSync, { syncId, planHash: sync.planHash ?? '' })
    return sync.state
  } catch (error) {
    // The command may have been carried out right before a kill.
    if (error instanceof ProblemError && error.code === 'wrong-state') return 'planned'
    if (error instanceof ProblemError && error.status === 503) return undefined
    throw error
  }
}

const checkRound = async (
  client: ApiClient,
  options: CrashOptions,
  namespace: string,
  syncId: string,
  round: number,
  seen: number,
): Promise<string[]> => {
  const violations: string[] = []
  const state = await stateOf(client, syncId)
  if (state !== 'completed') violations.push(`round ${round}: the sync ended as ${state}`)
  const { items, total } = await client.call(listSyncItems, { syncId, limit: 500 })
  if (total !== options.objects)
    violations.push(`round ${round}: ${total} items in the history instead of ${options.objects}`)
  for (const item of items)
    if (item.state !== 'done')
      violations.push(`round ${round}: ${item.object.name} ended as ${item.state}: ${item.reason ?? ''}`)
  const writes = options.target.writes(namespace).slice(seen)
  const counts = new Map<string, number>()
  for (const { name, code } of writes) if (code < 300) counts.set(name, (counts.get(name) ?? 0) + 1)
  for (let index = 0; index < options.objects; index += 1) {
    const count = counts.get(nameOf(index)) ?? 0
    if (count !== 1) violations.push(`round ${round}: ${nameOf(index)} was written ${count} times`)
    const object = await options.target.call('GET', `${listPath(namespace, index)}/${nameOf(index)}`)
    if (!JSON.stringify(object).includes(tagOf(round)))
      violations.push(`round ${round}: ${nameOf(index)} does not have what was synced`)
  }
  return violations
}

/** Kills the hub at random moments of syncs until it was killed often enough, and checks after each sync that nothing was lost or written twice. */
export const runCrashes = async (options: CrashOptions): Promise<CrashResult> => {
  const { hub, target, say } = options
  const random = randomOf(options.seed)
  const run = `${options.seed}-${Date.now().toString(36)}`
  const namespaces = [`crash-source-${run}`, `crash-target-${run}`] as const
  const rounds: CrashRound[] = []
  const violations: string[] = []
  let kills = 0
  // How long a sync takes undisturbed; learned from the first one, so that kills fall into it.
  let usualMs = 1500
  try {
    await prepare(target, namespaces, options.objects)
    const link = await hub.start()
    const client = hub.client()
    await client.call(redeemLink, {
      token: link?.split('#')[1] ?? '',
      name: 'Ada',
      username: 'ada',
      password: 'correct horse battery',
    })
    const [source, targetId] = await connect(client, target, namespaces)
    for (let round = 1; kills < options.kills || round === 1; round += 1) {
      await changeSource(target, namespaces[0], options.objects, round)
      const seen = target.writes(namespaces[1]).length
      const items = Array.from({ length: options.objects }, (_, index) => ({
        object: { kind: isConfig(index) ? ('ConfigMap' as const) : ('Deployment' as const), name: nameOf(index) },
        selection: isConfig(index)
          ? { mode: 'fields' as const, paths: ['data[version]'] }
          : { mode: 'images' as const },
      }))
      const { id: syncId } = await client.call(planSync, { source, targets: [targetId], items })
      const begun = Date.now()
      const killed: { what: string; state: string; afterMs: number }[] = []
      // The first round is undisturbed; then up to three kills a round.
      const wanted = round === 1 ? 0 : Math.min(1 + Math.floor(random() * 3), options.kills - kills)
      let nextKill = wanted > 0 ? Date.now() + random() * usualMs : Number.POSITIVE_INFINITY
      for (;;) {
        const state = await advance(client, syncId)
        if (state !== undefined && isTerminal(state)) break
        if (state !== undefined && Date.now() >= nextKill) {
          const what = await hub.kill()
          kills += 1
          killed.push({ what, state, afterMs: Date.now() - begun })
          say(`kill ${kills}: ${what}, ${Date.now() - begun} ms into sync ${round}, ${state}`)
          await hub.start()
          await stateOf(client, syncId)
          nextKill = killed.length < wanted ? Date.now() + random() * usualMs : Number.POSITIVE_INFINITY
        }
        await wait(10)
      }
      if (round === 1) usualMs = Math.max(Date.now() - begun, 300)
      const found = await checkRound(client, options, namespaces[1], syncId, round, seen)
      violations.push(...found)
      const state = await stateOf(client, syncId)
      rounds.push({ syncId, kills: killed, state, writes: target.writes(namespaces[1]).length - seen })
      say(`sync ${round}: ${state}, ${killed.length} kills, ${found.length} violations`)
    }
  } finally {
    await hub.end()
    for (const namespace of namespaces) await target.call('DELETE', `/api/v1/namespaces/${namespace}`)
  }
  return { rounds, kills, violations }
}
