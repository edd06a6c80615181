import { setTimeout as pause } from 'node:timers/promises'
import { type ApiClient, ProblemError } from '@rancher-hub/api-client'
import {
  bindInstance,
  connectSite,
  createEnvironment,
  executeSync,
  getSync,
  listSyncItems,
  planSync,
  terminalSyncStates,
} from '@rancher-hub/contracts'
import type { CrashTarget } from '../src/crash/crash-target.ts'

/** Half a minute: longer than anything in the hub takes to change hands. */
const PATIENCE_MS = 30_000

/**
 * Tries again while parts of the hub change hands, as a careful client does. A repeated command may find its own work
 * done: `isDone` says what that looks like.
 */
export const patiently = async <T>(
  work: () => Promise<T>,
  isDone: (error: ProblemError) => T | undefined = () => undefined,
): Promise<T> => {
  const begun = performance.now()
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      const done = attempt > 0 ? isDone(error) : undefined
      if (done !== undefined) return done
      const isPassing = error.status === 503 || error.code === 'unreachable'
      if (!isPassing || performance.now() - begun > PATIENCE_MS) throw error
      await pause(100)
    }
  }
}

/** Two namespaces with the same ConfigMaps, and syncs of all of them from one to the other. */
export interface SyncRounds {
  /** Changes the source, syncs, and waits for the end; gives what went wrong: a state, a write too many or too few. */
  run(): Promise<string[]>
}

const configMap = (name: string, version: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { version, keep: 'this' },
})

/** Makes the namespaces, connects the cluster and binds both as app instances. */
export const prepareSyncRounds = async (ada: ApiClient, target: CrashTarget, objects: number): Promise<SyncRounds> => {
  const namespaces = ['rounds-source', 'rounds-target'] as const
  const names = Array.from({ length: objects }, (_, index) => `settings-${String(index).padStart(2, '0')}`)
  const pathOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`
  for (const namespace of namespaces) {
    await target.call('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    })
    for (const name of names) await target.call('POST', pathOf(namespace), configMap(name, 'v0'))
  }
  const { id: siteId } = await ada.call(connectSite, { name: 'Rounds', connection: target.connection })
  const bind = async (name: string, namespace: string): Promise<string> => {
    const { id: environmentId } = await ada.call(createEnvironment, { name, colour: '#2f855a' })
    const clusterId = target.clusterId ?? ''
    return (await ada.call(bindInstance, { name, environmentId, siteId, clusterId, namespace })).id
  }
  const source = await bind('Source', namespaces[0])
  const goal = await bind('Target', namespaces[1])
  let round = 0

  const plan = async (): Promise<string> => {
    const items = names.map((name) => ({
      object: { kind: 'ConfigMap' as const, name },
      selection: { mode: 'fields' as const, paths: ['data[version]'] },
    }))
    return (await patiently(async () => await ada.call(planSync, { source, targets: [goal], items }))).id
  }
  const follow = async (syncId: string): Promise<string> => {
    for (;;) {
      const { state, planHash = '' } = await patiently(async () => await ada.call(getSync, { syncId }))
      if ((terminalSyncStates as readonly string[]).includes(state)) return state
      if (state === 'planned')
        await patiently<unknown>(
          async () => await ada.call(executeSync, { syncId, planHash }),
          (error) => (error.code === 'wrong-state' ? {} : undefined),
        )
      await pause(50)
    }
  }

  return {
    run: async () => {
      round += 1
      const problems: string[] = []
      for (const name of names)
        await target.call('PATCH', `${pathOf(namespaces[0])}/${name}`, { data: { version: `v${round}` } })
      const before = target.writes(namespaces[1]).length
      const syncId = await plan()
      const state = await follow(syncId)
      if (state !== 'completed') {
        const { items } = await patiently(async () => await ada.call(listSyncItems, { syncId }))
        problems.push(`round ${round} ended as ${state}: ${items.map(({ reason }) => reason).join('; ')}`)
      }
      const writes = target.writes(namespaces[1]).slice(before)
      const written = writes.filter(({ code }) => code < 300).map(({ name }) => name)
      if (written.length !== objects || new Set(written).size !== objects)
        problems.push(
          `round ${round}: ${written.length} writes of ${new Set(written).size} objects instead of ${objects}`,
        )
      return problems
    },
  }
}
