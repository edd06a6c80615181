import { followRollout, type ObjectRef, type Rollout } from '@rancher-hub/contracts'
import { isObject, podProblem, valueAt } from '@rancher-hub/kubernetes'
import { type Handler, handleStream, refuse } from '@rancher-hub/service-kit'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import { SiteError } from '../egress/site-error.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { InstanceInventory } from './instance-inventory.ts'
import type { Inventories } from './inventories.ts'
import type { ObservedObject } from './observed-object.ts'

const LOST_CHECK_MS = 5_000
const APPEARS_WITHIN_MS = 15_000
const WHY_EVERY_MS = 5_000

/** Where the roll-out of one generation of one object stands. Pure. */
export const rolloutOf = (
  object: ObservedObject | undefined,
  wanted: { readonly uid: string; readonly generation?: number | undefined },
  known: boolean,
): Rollout => {
  if (object === undefined) {
    return known
      ? { state: 'failed', message: 'The object was deleted while its roll-out was followed' }
      : { state: 'unknown', message: 'The object is not known yet' }
  }
  if (object.uid !== wanted.uid)
    return { state: 'failed', message: 'The object was deleted and made again while its roll-out was followed' }
  if (wanted.generation !== undefined && (object.generation ?? 0) < wanted.generation) {
    return { state: 'progressing', message: 'Waiting to see the change' }
  }
  return object.rollout
}

const isFinal = ({ state }: Rollout): boolean => state === 'none' || state === 'complete' || state === 'failed'

/** Wakes a loop: `next` resolves at the next `ring`, or at once when it rang meanwhile. */
const createBell = (): { ring: () => void; next: (ms: number) => Promise<void> } => {
  let rang = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      rang = true
      wake?.()
    },
    next: async (ms) => {
      if (!rang) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      rang = false
      wake = undefined
    },
  }
}

export interface Followed {
  readonly ref: ObjectRef
  readonly uid: string
  readonly generation?: number | undefined
  readonly deadline: number
  readonly now: () => number
  readonly signal: AbortSignal
  /** Why pods do not get ready, if they say; asked while the roll-out goes on, at most every few seconds. */
  readonly why?: ((object: ObservedObject) => Promise<string | undefined>) | undefined
}

/** Every step of a roll-out, as watch events tell them, until it ends or the deadline has passed; the last one is the outcome. @throws RefusedError unavailable when the service stops */
export const rolloutSteps = async function* (inventory: InstanceInventory, followed: Followed): AsyncIterable<Rollout> {
  const { ref, deadline, now, signal } = followed
  const bell = createBell()
  const unfollow = inventory.follow(ref, bell.ring)
  const ended = AbortSignal.any([signal, inventory.stopped])
  ended.addEventListener('abort', bell.ring, { once: true })
  const begun = now()
  let wasThere = false
  // Pods get a moment before they are asked what is wrong.
  let askAgain = begun + WHY_EVERY_MS
  let reason: string | undefined
  try {
    let last = ''
    for (;;) {
      const current = inventory.isCurrent(ref.kind)
      const object = inventory.get(ref)
      wasThere ||= object !== undefined
      // An object that was just made is seen a moment later; absent means gone only after that.
      const seen = rolloutOf(object, followed, current && (wasThere || now() - begun > APPEARS_WITHIN_MS))
      // A roll-out that ended has ended, even when the connection is lost right after.
      const step: Rollout =
        current || isFinal(seen)
          ? seen
          : { state: 'unknown', message: `No connection to the cluster; last known: ${seen.message}` }
      if (isFinal(step)) {
        yield step
        return
      }
      if (ended.aborted) throw refuse(followRollout, 'unavailable')
      if (object !== undefined && step.state === 'progressing' && now() >= askAgain) {
        reason = await followed.why?.(object)
        askAgain = now() + WHY_EVERY_MS
      }
      const shown =
        reason === undefined || step.state !== 'progressing' ? step : { ...step, message: `${step.message}; ${reason}` }
      if (JSON.stringify(shown) !== last) yield shown
      const left = deadline - now()
      if (left <= 0) return
      last = JSON.stringify(shown)
      await bell.next(Math.min(left, LOST_CHECK_MS))
    }
  } finally {
    unfollow()
    ended.removeEventListener('abort', bell.ring)
  }
}

export interface FollowRolloutDeps {
  readonly models: LandscapeModels
  readonly inventories: Inventories
  readonly registry: SiteRegistry
}

/** What the pods of a workload say. Not being allowed to see them, or no answer, is no reason to stop following. */
const askPods = async (
  deps: FollowRolloutDeps,
  instance: InstanceDoc,
  object: ObservedObject,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const labels = valueAt(object.content, 'selector', 'matchLabels')
  if (!isObject(labels)) return undefined
  try {
    const api = (await deps.registry.open(instance.org, instance.siteId)).cluster(instance.clusterId, 'background')
    const pods = await api.pods(instance.namespace, labels as Readonly<Record<string, string>>, signal)
    return pods.map(podProblem).find((problem) => problem !== undefined)
  } catch (error) {
    if (error instanceof SiteError || error instanceof NoSuchSiteError) return undefined
    throw error
  }
}

/** Answers `sites.follow-rollout`. */
export const answerFollowRollout = (deps: FollowRolloutDeps): Handler =>
  handleStream(followRollout, async function* ({ instanceId, object, uid, generation, timeoutSeconds }, ctx) {
    const instance = await deps.models.instance(ctx.organization, instanceId)
    if (instance === undefined) throw refuse(followRollout, 'not-found')
    using used = await deps.inventories.use(instance)
    // Nobody sets this clock: a roll-out has as long as it was given.
    const now = () => performance.now()
    const deadline = now() + timeoutSeconds * 1000
    await used.inventory.settled(Math.min(timeoutSeconds * 1000, 45_000), ctx.signal)
    const why = async (seen: ObservedObject) => await askPods(deps, instance, seen, ctx.signal)
    yield* rolloutSteps(used.inventory, { ref: object, uid, generation, deadline, now, signal: ctx.signal, why })
  })
