import type { SiteProblem } from '@rancher-hub/contracts'

/** A clock for people, which may be set, and one that only goes on. Both in milliseconds. */
export interface Clocks {
  /** Since 1970. */
  readonly now: () => number
  /** Since some moment. */
  readonly elapsed: () => number
}

/** Whether a kind is known, and how well. */
export interface Knowledge {
  readonly state: () => 'loading' | 'complete' | 'forbidden' | 'failed'
  readonly problem: () => SiteProblem | undefined
  /** True while changes arrive. */
  readonly isCurrent: () => boolean
  /** Until when what is known was right, in milliseconds since 1970; undefined before the first list. */
  readonly asOf: () => number | undefined
  /** A whole list has come, or changes arrive again. */
  complete(): void
  forbidden(problem: SiteProblem): void
  lost(problem: SiteProblem): void
}

/**
 * Remembers how a kind is known. The age is taken from the clock that only goes on: a computer whose time is set does
 * not make fresh things old, or old ones fresh.
 */
export const createKnowledge = ({ now, elapsed }: Clocks, changed: () => void): Knowledge => {
  let state: ReturnType<Knowledge['state']> = 'loading'
  let problem: SiteProblem | undefined
  let isCurrent = false
  /** When it was right last, unless it is now. */
  let rightAt: number | undefined

  const become = (next: typeof state, trouble: SiteProblem | undefined, current: boolean): void => {
    const same = state === next && problem?.code === trouble?.code && isCurrent === current
    if (isCurrent && !current) rightAt = elapsed()
    state = next
    problem = trouble
    isCurrent = current
    if (!same) changed()
  }

  return {
    state: () => state,
    problem: () => problem,
    isCurrent: () => isCurrent,
    asOf: () => {
      if (isCurrent) return now()
      return rightAt === undefined ? undefined : now() - (elapsed() - rightAt)
    },
    complete: () => become('complete', undefined, true),
    forbidden: (trouble) => become('forbidden', trouble, true),
    lost: (trouble) => become(state === 'complete' ? 'complete' : 'failed', trouble, false),
  }
}
