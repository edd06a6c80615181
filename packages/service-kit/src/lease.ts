import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import { pause } from './pause.ts'

interface LeaseDoc extends Document {
  readonly owner: string
  /** Milliseconds since the epoch until which it holds. */
  readonly until: number
  readonly fencing: number
}

/** The lease is somebody else's by now, or could not be kept in time. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError'
  constructor(name: string, reason: string, options?: ErrorOptions) {
    super(`Lease ${name} ${reason}`, options)
  }
}

export interface Lease {
  /** Grows with each new owner: what an older one writes late can be told apart. */
  readonly fencing: number
  /** Aborts when the lease was lost or could not be kept in time: stop at once. */
  readonly signal: AbortSignal
  /** Looks at the clock: a process that was stopped for a while may not have heard its signal yet. @throws LeaseLostError */
  assertHeld(): void
  release(): Promise<void>
}

/** Who may do what only one process at a time may do. */
export interface Leases {
  /** undefined when somebody, this process included, holds it. */
  take(name: string): Promise<Lease | undefined>
  /** Whether other processes take part. */
  readonly shared: boolean
}

const LEASE_MS = 6_000
/** Its owner stops this long before others may begin. */
const MARGIN_MS = 1_000
const RENEW_MS = 2_000
const RENEW_AGAIN_MS = 250
/** Who stands by asks again after this many milliseconds. */
export const STANDBY_MS = 1_000

/** For the only process there is: everything is its own. */
export const soleLeases = (): Leases => {
  const never = new AbortController().signal
  const lease: Lease = { fencing: 0, signal: never, assertHeld: () => undefined, release: async () => undefined }
  return { shared: false, take: async () => lease }
}

/** Reads and writes of lease documents. */
interface Store {
  readonly now: () => number
  readonly read: (name: string) => Promise<LeaseDoc | undefined>
  /** Writes it if nobody else has written since. */
  readonly replace: (doc: LeaseDoc, before: LeaseDoc | undefined) => Promise<boolean>
}

/** Keeps a lease by renewing it, one renewal after the other, and tells when that fails. `since`: when it was asked for, by the monotonic clock. */
const keep = (first: LeaseDoc, since: number, store: Store, onEnd: () => void): Lease => {
  const { _id: name, fencing } = first
  let held = first
  // Counted from before the request: what the database took to answer is gone from the lease.
  let heldUntil = since + LEASE_MS - MARGIN_MS
  const lost = new AbortController()
  const ended = new AbortController()
  let deadline: NodeJS.Timeout | undefined
  let renewal: NodeJS.Timeout | undefined
  // Why the last renewal failed.
  let trouble: unknown
  const lose = (reason: string): void => {
    clearTimeout(deadline)
    clearTimeout(renewal)
    ended.abort()
    lost.abort(new LeaseLostError(name, reason, { cause: trouble }))
    onEnd()
  }
  const isOver = (): boolean => performance.now() >= heldUntil
  const watch = (): void => {
    deadline = setTimeout(
      () => {
        if (isOver()) lose('ran out')
        else watch()
      },
      Math.max(0, heldUntil - performance.now()),
    ).unref()
  }
  watch()

  const renew = async (): Promise<void> => {
    const begun = performance.now()
    const next = { ...held, until: store.now() + LEASE_MS }
    if (!(await store.replace(next, held))) {
      // An earlier renewal whose answer got lost may have been written.
      const found = await store.read(name)
      if (found?.owner !== held.owner || found.fencing !== fencing) return lose('was taken by somebody else')
      held = found
      return await renew()
    }
    held = next
    heldUntil = begun + LEASE_MS - MARGIN_MS
  }
  let renewing: Promise<void> = Promise.resolve()
  const renewOnce = async (): Promise<void> => {
    const begun = performance.now()
    try {
      await renew()
      trouble = undefined
      renewLater(begun + RENEW_MS - performance.now())
    } catch (error) {
      // A database that is away may come back in time; the deadline tells when it is too late.
      trouble = error
      renewLater(RENEW_AGAIN_MS)
    }
  }
  const renewLater = (wait: number): void => {
    if (ended.signal.aborted) return
    renewal = setTimeout(
      () => {
        renewing = renewOnce()
      },
      Math.max(0, wait),
    ).unref()
  }
  renewLater(since + RENEW_MS - performance.now())

  return {
    fencing,
    signal: lost.signal,
    assertHeld: () => {
      lost.signal.throwIfAborted()
      if (ended.signal.aborted || isOver()) throw new LeaseLostError(name, 'ran out')
    },
    release: async () => {
      clearTimeout(deadline)
      clearTimeout(renewal)
      ended.abort()
      await renewing
      // By now the name may have been taken again, also by this process.
      if (lost.signal.aborted) return
      onEnd()
      await store.replace({ ...held, until: 0 }, held)
    },
  }
}

/**
 * Takes and keeps leases in the read models by conditional writes. A process that dies lets them run out after 6 s; one
 * that cannot renew stops a second before. Clocks of the machines must agree within that second; what is written under
 * a lease is conditional itself.
 */
export const openLeases = async (models: ReadModels, owner: string, now: () => Date): Promise<Leases> => {
  const leases: Collection<LeaseDoc> = await models.collection<LeaseDoc>('_leases')
  const mine = new Set<string>()
  const store: Store = {
    now: () => now().getTime(),
    read: async (name) => await leases.get(name),
    replace: async (doc, before) =>
      await leases.write({
        kind: 'put',
        doc,
        when:
          before === undefined
            ? { owner: null }
            : { owner: before.owner, fencing: before.fencing, until: before.until },
      }),
  }
  const take = async (name: string): Promise<Lease | undefined> => {
    const since = performance.now()
    const before = await store.read(name)
    const time = store.now()
    if (before !== undefined && before.owner !== owner && before.until > time) return undefined
    // Grows also when the read models were thrown away in between.
    const fencing = Math.max((before?.fencing ?? 0) + 1, time)
    const doc: LeaseDoc = { _id: name, owner, until: time + LEASE_MS, fencing }
    if (!(await store.replace(doc, before))) return undefined
    return keep(doc, since, store, () => mine.delete(name))
  }

  return {
    shared: true,
    take: async (name) => {
      if (mine.has(name)) return undefined
      mine.add(name)
      try {
        const lease = await take(name)
        if (lease === undefined) mine.delete(name)
        return lease
      } catch (error) {
        mine.delete(name)
        throw error
      }
    },
  }
}

/** Works for as long as the lease holds, and stands by while somebody else has it. Ends with `signal`, or as `work` throws. */
export const whileHolding = async (
  leases: Leases,
  name: string,
  signal: AbortSignal,
  parts: {
    /** Ends when its signal aborts. */
    readonly work: (signal: AbortSignal, lease: Lease) => Promise<void>
    /** Called each time that somebody else was found to hold it. */
    readonly standBy?: (() => Promise<void>) | undefined
  },
): Promise<void> => {
  while (!signal.aborted) {
    const lease = await leases.take(name)
    if (lease === undefined) {
      await parts.standBy?.()
      await pause(STANDBY_MS, signal)
      continue
    }
    try {
      await parts.work(AbortSignal.any([signal, lease.signal]), lease)
    } finally {
      await lease.release()
    }
  }
}
