import { parseLabelSelector } from '@rancher-hub/kubernetes'
import type { Logger } from '@rancher-hub/service-kit'
import type { KubeApi } from '../connection/kube-api.ts'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import type { Keyring } from '../credentials/keyring.ts'
import { SiteError } from '../egress/site-error.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { Priority } from '../throttle/lanes.ts'
import type { Pauses } from './backoff.ts'
import { comparedFirst } from './compared-first.ts'
import { type InstanceInventory, startInstanceInventory } from './instance-inventory.ts'
import { leanApi } from './lean-lists.ts'
import { placeKey } from './place-key.ts'
import { reduceBy } from './reduce.ts'
import { createSharedContents } from './shared-contents.ts'
import { createWatchSources } from './watch-sources.ts'
import { defaultWatchTiming, type WatchTiming } from './watch-timing.ts'

/** Live inventories of app instances: started on first use, stopped when nobody has asked for a while. */
export interface Inventories extends AsyncDisposable {
  /** The inventory, running until it is disposed of and then idle for the configured time. */
  use(instance: InstanceDoc): Promise<UsedInventory>
  /** The inventory of an instance where one is running; asking starts nothing and keeps nothing alive. */
  peek(instanceId: string): InstanceInventory | undefined
  /** How many are running. */
  count(): number
}
export interface UsedInventory extends Disposable {
  readonly inventory: InstanceInventory
}

export interface InventoriesDeps {
  readonly registry: SiteRegistry
  readonly keyring: Keyring
  readonly now: () => number
  readonly newId: () => string
  readonly log: Logger
  readonly idleMs: number
  readonly hintMs: number
  readonly timing?: WatchTiming | undefined
  /** Pauses before another try; default: nobody ends them early. */
  readonly pauses?: Pauses | undefined
  /** Told that an instance's inventory changed, at most every `hintMs`. */
  readonly hint: (organization: string, instanceId: string) => void
}

interface Running {
  readonly inventory: InstanceInventory
  /** What it reads: an instance that is bound to something else has another inventory. */
  readonly place: string
  users: number
  idle: NodeJS.Timeout | undefined
  hint: NodeJS.Timeout | undefined
}

/** Opens the API of an instance's cluster; the site being gone is a problem like any other to who watches. */
export const apiOf = async (
  registry: SiteRegistry,
  instance: Pick<InstanceDoc, 'org' | 'siteId' | 'clusterId'>,
  priority: Priority = 'background',
): Promise<KubeApi> => {
  try {
    return (await registry.open(instance.org, instance.siteId)).cluster(instance.clusterId, priority)
  } catch (error) {
    if (!(error instanceof NoSuchSiteError)) throw error
    throw new SiteError(
      {
        code: 'unreachable',
        message: 'The site of this app instance is not connected any more. Connect it again, or delete the instance.',
      },
      { cause: error },
    )
  }
}

export const createInventories = (deps: InventoriesDeps): Inventories => {
  const running = new Map<string, Running>()
  let closed = false

  const contents = createSharedContents()
  const sources = createWatchSources({
    apiOf: async (place) => leanApi(await apiOf(deps.registry, place), reduceBy(await deps.keyring.of(place.org))),
    timing: deps.timing ?? defaultWatchTiming,
    pauses: deps.pauses,
    onDefect: (error, { namespace, clusterId, siteId }) =>
      deps.log.error({ err: error, siteId, clusterId, namespace }, 'watching failed unexpectedly'),
  })

  const stop = async (id: string, entry: Running): Promise<void> => {
    if (running.get(id) === entry) running.delete(id)
    clearTimeout(entry.idle)
    clearTimeout(entry.hint)
    await entry.inventory[Symbol.asyncDispose]()
  }

  const stopSoon = (id: string, entry: Running): void => {
    stop(id, entry).catch((error: unknown) => deps.log.error({ err: error }, 'stopping an inventory failed'))
  }

  const start = async (instance: InstanceDoc): Promise<Running> => {
    const keys = await deps.keyring.of(instance.org)
    const raced = running.get(instance._id)
    if (raced?.place === placeKey(instance)) return raced
    if (closed) throw new Error('The service is stopping')
    const hintSoon = () => {
      const entry = running.get(instance._id)
      if (entry === undefined || entry.hint !== undefined) return
      entry.hint = setTimeout(() => {
        entry.hint = undefined
        deps.hint(instance.org, instance._id)
      }, deps.hintMs)
    }
    const inventory = startInstanceInventory({
      watch: comparedFirst(async (kind, sink, signal) => await sources.watch(instance, { kind, sink, signal })),
      served: async (root, signal) => await (await apiOf(deps.registry, instance)).served(root, signal),
      onDefect: (error) => deps.log.error({ err: error, instanceId: instance._id }, 'reading an instance failed'),
      selector: instance.labelSelector === undefined ? undefined : parseLabelSelector(instance.labelSelector),
      keys,
      contents,
      now: deps.now,
      runId: deps.newId().slice(0, 8),
      onChanged: hintSoon,
    })
    const entry: Running = { inventory, place: placeKey(instance), users: 0, idle: undefined, hint: undefined }
    if (raced !== undefined) stopSoon(instance._id, raced)
    running.set(instance._id, entry)
    return entry
  }

  return {
    count: () => running.size,
    peek: (instanceId) => running.get(instanceId)?.inventory,
    use: async (instance) => {
      const known = running.get(instance._id)
      const entry = known?.place === placeKey(instance) ? known : await start(instance)
      entry.users += 1
      clearTimeout(entry.idle)
      let released = false
      return {
        inventory: entry.inventory,
        [Symbol.dispose]: () => {
          if (released) return
          released = true
          entry.users -= 1
          if (entry.users > 0 || closed) return
          entry.idle = setTimeout(() => stopSoon(instance._id, entry), deps.idleMs)
          entry.idle.unref()
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed = true
      await Promise.all([...running].map(async ([id, entry]) => await stop(id, entry)))
      await sources[Symbol.asyncDispose]()
    },
  }
}
