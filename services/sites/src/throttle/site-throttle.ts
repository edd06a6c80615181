import { SiteError } from '../egress/site-error.ts'
import type { Clock } from './clock.ts'
import { createLanes, type Priority } from './lanes.ts'
import type { CallOutcome } from './recent-calls.ts'
import { createSiteBreakers, type SiteBreakers } from './site-breakers.ts'
import { createSitePace, type SitePace } from './site-pace.ts'

/** A call that wants its turn. */
export interface Turn {
  /** May be raised while it waits, with {@link SiteThrottle.raise}. */
  priority: Priority
  /** `SITE_SCOPE`, or the id of a cluster. */
  readonly scope: string
  readonly signal?: AbortSignal | undefined
  /** Opens a stream: it takes its turn, but is none of the calls at the same time, and waits while the breaker is open. */
  readonly isOpening?: boolean | undefined
}

/** Decides when the calls to one site are made: how many at once, how fast, in which order, and whether at all. */
export interface SiteThrottle extends Disposable {
  /**
   * Does the work when its turn comes.
   * @throws SitePausedError while the breaker is open, SiteError when the site is closed, what the work throws, or the signal's reason
   */
  take<T>(turn: Turn, work: () => Promise<T>): Promise<T>
  /** A person waits for this call now too. */
  raise(turn: Turn): void
  readonly breakers: SiteBreakers
  readonly pace: SitePace
  inFlight(): number
  waiting(): number
}

export interface SiteThrottleOptions {
  readonly host: string
  /** Calls at the same time at most. */
  readonly max: number
  readonly clock: Clock
  /** A small read of a place. @throws SiteError when it is not answered well */
  readonly probe: (scope: string) => Promise<void>
  /** Told when breakers change, and when the server slows the hub down. */
  readonly onChanged: () => void
  /** Told how each call ended. */
  readonly onCall: (outcome: CallOutcome) => void
}

interface Waiting {
  readonly turn: Turn
  readonly go: () => void
  readonly refuse: (error: unknown) => void
}

export const createSiteThrottle = (options: SiteThrottleOptions): SiteThrottle => {
  const { clock } = options
  const lanes = createLanes<Waiting>()
  const openings = new Set<Waiting>()
  const waitingOf = new Map<Turn, Waiting>()
  let inFlight = 0
  let cancelWake: (() => void) | undefined

  const pace = createSitePace({ max: options.max, clock, onSlowed: options.onChanged, onCall: options.onCall })
  const breakers = createSiteBreakers({
    host: options.host,
    clock,
    probe: options.probe,
    onChanged: (scope) => {
      const paused = breakers.pausedError(scope)
      if (paused !== undefined)
        for (const each of lanes.takeAll(({ turn }) => turn.scope === scope)) each.refuse(paused)
      pump()
      options.onChanged()
    },
  })

  const takeNext = (): Waiting | undefined => {
    for (const opening of openings) {
      if (breakers.pausedError(opening.turn.scope) !== undefined) continue
      openings.delete(opening)
      return opening
    }
    const next = pace.hasRoom(inFlight) ? lanes.next() : undefined
    if (next !== undefined) inFlight += 1
    return next
  }
  /** Lets go who may; wakes itself when only time stands in the way. */
  const pump = (): void => {
    cancelWake?.()
    cancelWake = undefined
    while (lanes.size + openings.size > 0) {
      const wait = pace.freeAt() - clock.now()
      if (wait > 0) {
        cancelWake = clock.after(wait, pump)
        return
      }
      const next = takeNext()
      if (next === undefined) return
      pace.begun()
      next.go()
    }
  }

  const turnCame = async (turn: Turn): Promise<void> => {
    turn.signal?.throwIfAborted()
    const paused = breakers.pausedError(turn.scope)
    if (turn.isOpening !== true && paused !== undefined) throw paused
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { turn, go: resolve, refuse: reject }
    const leave = (): void => {
      openings.delete(waiting)
      lanes.remove(waiting)
      reject(turn.signal?.reason)
    }
    turn.signal?.addEventListener('abort', leave, { once: true })
    waitingOf.set(turn, waiting)
    if (turn.isOpening === true) openings.add(waiting)
    else lanes.add(waiting, turn.priority)
    pump()
    try {
      await promise
    } finally {
      waitingOf.delete(turn)
      turn.signal?.removeEventListener('abort', leave)
    }
  }

  return {
    breakers,
    pace,
    inFlight: () => inFlight,
    waiting: () => lanes.size + openings.size,
    raise: (turn) => {
      turn.priority = 'interactive'
      const waiting = waitingOf.get(turn)
      if (waiting !== undefined) lanes.promote(waiting)
    },
    take: async (turn, work) => {
      await turnCame(turn)
      const begunAt = clock.now()
      try {
        const result = await work()
        pace.ended(begunAt)
        return result
      } catch (error) {
        pace.ended(begunAt, error)
        throw error
      } finally {
        if (turn.isOpening !== true) inFlight -= 1
        pump()
      }
    },
    [Symbol.dispose]: () => {
      cancelWake?.()
      breakers[Symbol.dispose]()
      const closed = new SiteError({ code: 'unreachable', message: 'The connection to this site was closed.' })
      for (const each of [...openings, ...lanes.takeAll(() => true)]) each.refuse(closed)
      openings.clear()
    },
  }
}
