import { followRollout, type ObjectRef, type Rollout } from '@rancher-hub/contracts'
import { type Handler, handleStream, refuse } from '@rancher-hub/service-kit'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { InstanceInventory } from './instance-inventory.ts'
import type { Inventories } from './inventories.ts'
import type { ObservedObject } from './observed-object.ts'

const LOST_CHECK_MS = 5_000
const APPEARS_WITHIN_MS = 15_000

/** Where the roll-out of one generation of one object stands. Pure. */
export const rolloutOf = (object: ObservedObject | undefined, wanted: { readonly uid: string; readonly generation?: number | undefined }, known: boolean): Rollout => {
  if (object === undefined) {
    return known
      ? { state: 'failed', message: 'The object was deleted while its roll-out was followed' }
      : { state: 'unknown', message: 'The object is not known yet' }
  }
  if (object.uid !== wanted.uid) return { state: 'failed', message: 'The object was deleted and made again while its roll-out was followed' }
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
  try {
    let last = ''
    for (;;) {
      const current = inventory.isCurrent(ref.kind)
      const object = inventory.get(ref)
      wasThere ||= object !== undefined
      // An object that was just made is seen a moment later; absent means gone only after that.
      const seen = rolloutOf(object, followed, current && (wasThere || now() - begun > APPEARS_WITHIN_MS))
      // A roll-out that ended has ended, even when the connection is lost right after.
      const step: Rollout = current || isFinal(seen) ? seen : { state: 'unknown', message: `No connection to the cluster; last known: ${seen.message}` }
      if (isFinal(step)) {
        yield step
        return
      }
      if (ended.aborted) throw refuse(followRollout, 'unavailable')
      if (JSON.stringify(step) !== last) yield step
      const left = deadline - now()
      if (left <= 0) return
      last = JSON.stringify(step)
      await bell.next(Math.min(left, LOST_CHECK_MS))
    }
  } finally {
    unfollow()
    ended.removeEventListener('abort', bell.ring)
  }
}

/** Answers `sites.follow-rollout`. */
export const answerFollowRollout = (deps: { readonly models: LandscapeModels; readonly inventories: Inventories }): Handler =>
  handleStream(followRollout, async function* ({ instanceId, object, uid, generation, timeoutSeconds }, ctx) {
    const instance = await deps.models.instance(ctx.organization, instanceId)
    if (instance === undefined) throw refuse(followRollout, 'not-found')
    using used = await deps.inventories.use(instance)
    const now = () => ctx.now().getTime()
    const deadline = now() + timeoutSeconds * 1000
    await used.inventory.settled(Math.min(timeoutSeconds * 1000, 45_000), ctx.signal)
    yield* rolloutSteps(used.inventory, { ref: object, uid, generation, deadline, now, signal: ctx.signal })
  })
