import { type Leases, STANDBY_MS } from './lease.ts'
import type { Logger } from './logger.ts'
import { createProcessContext, type ProcessContextDeps } from './process-context.ts'
import type { ProcessManager } from './process-manager.ts'

const MAX_WAIT_MS = 60_000
/** Node's timers hold 24.8 days at most; a longer one wakes early, looks, and sets itself again. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** One stream that is worked on. */
interface Work {
  readonly organization: string
  readonly id: string
  again: boolean
  running: boolean
  failures: number
  readonly timers: Map<string, NodeJS.Timeout>
}

/** The streams that a process manager works on in this process, a few at a time, each under a lease. */
export interface ProcessWorks extends AsyncDisposable {
  /** Key of a stream; from now on it is worked on when it is new and `start` says so. */
  begin(organization: string, id: string, start: boolean): string
  /** Looks at a stream now, or again when it is being looked at. */
  wake(key: string): void
  wakeIdle(): void
  end(key: string): void
  /** Ends them all. */
  clear(): void
  counts(): { readonly active: number; readonly running: number }
}

export const createProcessWorks = (
  manager: ProcessManager,
  deps: ProcessContextDeps & { readonly leases: Leases; readonly log: Logger },
): ProcessWorks => {
  const works = new Map<string, Work>()
  const queue: string[] = []
  const inFlight = new Set<Promise<void>>()
  const abort = new AbortController()

  const setTimer = (key: string, work: Work, name: string, waitMs: number): void => {
    clearTimeout(work.timers.get(name))
    const timer = setTimeout(() => wake(key), Math.min(Math.max(waitMs, 0), MAX_TIMER_MS))
    timer.unref()
    work.timers.set(name, timer)
  }

  const retryLater = (key: string, work: Work, error: unknown): void => {
    work.failures += 1
    const wait = Math.min(250 * 2 ** work.failures, MAX_WAIT_MS)
    deps.log.warn({ err: error, process: manager.name, id: work.id, retryInMs: wait }, 'process waits')
    setTimer(key, work, '_retry', wait)
  }

  const runOnce = async (key: string, work: Work): Promise<void> => {
    const lease = await deps.leases.take(`${manager.name}/${key}`)
    // Another worker is at it: look again whether it still lives.
    if (lease === undefined) return setTimer(key, work, '_retry', STANDBY_MS)
    // What a run that failed has begun ends with it: the next one must be alone.
    const ended = new AbortController()
    try {
      const { organization, id } = work
      const signal = AbortSignal.any([abort.signal, lease.signal, ended.signal])
      const timer = (name: string, at: Date): void => setTimer(key, work, name, at.getTime() - deps.now().getTime())
      const process = { manager: manager.name, organization, id, fencing: lease.fencing }
      await manager.run(createProcessContext(deps, process, signal, timer))
      work.failures = 0
    } finally {
      ended.abort(new Error('This run has ended'))
      await lease.release()
    }
  }

  const work = async (key: string): Promise<void> => {
    const item = works.get(key)
    if (item === undefined || item.running) return
    item.running = true
    try {
      do {
        item.again = false
        await runOnce(key, item)
      } while (item.again && !abort.signal.aborted)
    } catch (error) {
      if (!abort.signal.aborted) retryLater(key, item, error)
    } finally {
      item.running = false
    }
  }

  const drain = (): void => {
    while (queue.length > 0 && inFlight.size < manager.concurrency && !abort.signal.aborted) {
      const key = queue.shift() ?? ''
      const running: Promise<void> = work(key).finally(() => {
        inFlight.delete(running)
        drain()
      })
      inFlight.add(running)
    }
  }

  const wake = (key: string): void => {
    const item = works.get(key)
    if (item === undefined) return
    if (item.running) item.again = true
    else if (!queue.includes(key)) queue.push(key)
    drain()
  }

  const end = (key: string): void => {
    for (const timer of works.get(key)?.timers.values() ?? []) clearTimeout(timer)
    works.delete(key)
  }

  return {
    wake,
    wakeIdle: () => {
      for (const [key, { running }] of works) if (!running) wake(key)
    },
    begin: (organization, id, start) => {
      const key = `${organization}_${id}`
      if (start && !works.has(key))
        works.set(key, { organization, id, again: false, running: false, failures: 0, timers: new Map() })
      return key
    },
    end,
    clear: () => {
      for (const key of [...works.keys()]) end(key)
    },
    counts: () => ({ active: works.size, running: inFlight.size }),
    [Symbol.asyncDispose]: async () => {
      abort.abort()
      await Promise.all(inFlight)
      for (const item of works.values()) for (const timer of item.timers.values()) clearTimeout(timer)
    },
  }
}
