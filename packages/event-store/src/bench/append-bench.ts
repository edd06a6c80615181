import { randomUUID } from 'node:crypto'
import type { NewEvent } from '../event-store.port.ts'

/** One figure, what it is measured against in the same run, and whether it meets its bar. */
export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against: { readonly what: string; readonly value: number }
  readonly ratio: number
  /** The least ratio that is good enough. */
  readonly bar: number
  readonly met: boolean
}

const BAR = 0.6
const BLOCK = 100
const BLOCKS = 20

const newEvent = (n: number): NewEvent => ({
  id: randomUUID(),
  type: 'SyncItemExecuted',
  data: {
    syncId: randomUUID(),
    item: `apps/v1/Deployment/web-${n}`,
    outcome: 'changed',
    fields: ['image', 'replicas'],
    durationMs: n,
  },
  metadata: {
    organization: randomUUID(),
    correlationId: randomUUID(),
    causationId: randomUUID(),
    actor: 'user:ada',
    time: '2026-01-01T00:00:00.000Z',
  },
})

/** Appends one event, the `revision`th of its stream. */
export type AppendOne = (stream: string, revision: number, event: NewEvent) => Promise<unknown> | unknown

/** Milliseconds that appending these takes, one after the other. */
const timed = async (append: AppendOne, stream: string, events: readonly NewEvent[]): Promise<number> => {
  const begun = performance.now()
  for (const [revision, event] of events.entries()) {
    const appended = append(stream, revision, event)
    // What answers at once is not made to wait.
    if (appended instanceof Promise) await appended
  }
  return performance.now() - begun
}

/** Times both in turns, block by block, so that a busy machine slows both down alike. Appends a second. */
const measure = async (raw: AppendOne, store: AppendOne): Promise<{ readonly raw: number; readonly store: number }> => {
  const spent = { raw: 0, store: 0 }
  for (let block = 0; block <= BLOCKS; block += 1) {
    const fresh = (): NewEvent[] => Array.from({ length: BLOCK }, (_, n) => newEvent(n))
    const rawTime = await timed(raw, `syncItem-raw-${block}`, fresh())
    const storeTime = await timed(store, `syncItem-${block}`, fresh())
    // The first block warms up.
    if (block === 0) continue
    spent.raw += rawTime
    spent.store += storeTime
  }
  const perSecond = (milliseconds: number): number => Math.round((BLOCK * BLOCKS * 1_000) / milliseconds)
  return { raw: perSecond(spent.raw), store: perSecond(spent.store) }
}

/** An adapter's appends against those of what is under it, one event at a time. */
export const compareAppends = async (
  names: { readonly name: string; readonly unit: string; readonly what: string },
  raw: AppendOne,
  store: AppendOne,
): Promise<BenchResult> => {
  const rates = await measure(raw, store)
  const ratio = Math.round((rates.store / rates.raw) * 100) / 100
  const { name, unit, what } = names
  return {
    ...{ name, value: rates.store, unit, against: { what, value: rates.raw } },
    ...{ ratio, bar: BAR, met: ratio >= BAR },
  }
}
