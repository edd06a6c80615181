import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import { pause } from './pause.ts'

interface LeaseDoc extends Document {
  readonly owner: string
  /** Milliseconds since the epoch until which it holds. */
  readonly until: number
  readonly fencing: number
}

export interface Lease {
  /** Grows with each new owner: a write that carries an older one is late. */
  readonly fencing: number
  /** Aborts when the lease was lost or could not be kept in time: stop at once. */
  readonly signal: AbortSignal
  release(): Promise<void>
}

/** Who may do what only one process at a time may do. */
export interface Leases {
  /** undefined when somebody else holds it. */
  take(name: string): Promise<Lease | undefined>
  /** Whether other processes take part. */
  readonly shared: boolean
}

const LEASE_MS = 6_000
/** Who stands by asks again after this many milliseconds. */
export const STANDBY_MS = 1_000

/** For the only process there is: everything is its own. */
export const soleLeases = (): Leases => {
  const never = new AbortController().signal
  return { shared: false, take: async () => ({ fencing: 0, signal: never, release: async () => undefined }) }
}

/** Keeps a lease by renewing it, and tells when that fails. */
const keep = (first: LeaseDoc, now: () => Date, put: (doc: LeaseDoc, before: LeaseDoc) => Promise<boolean>): Lease => {
  let held = first
  const lost = new AbortController()
  // Also when the database does not answer, or this process was stopped for a while.
  const runOut = (): void => lost.abort(new Error(`Lease ${first._id} ran out`))
  const deadline = setTimeout(runOut, LEASE_MS)
  const renew = async (): Promise<void> => {
    const next = { ...held, until: now().getTime() + LEASE_MS }
    if (!(await put(next, held))) throw new Error(`Lease ${held._id} was taken by somebody else`)
    held = next
    deadline.refresh()
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      if (now().getTime() > held.until || String(error).includes('was taken')) lost.abort(error)
    })
  }, LEASE_MS / 3)
  const stop = (): void => {
    clearInterval(timer)
    clearTimeout(deadline)
  }
  lost.signal.addEventListener('abort', stop, { once: true })
  timer.unref()
  deadline.unref()
  return {
    fencing: first.fencing,
    signal: lost.signal,
    release: async () => {
      stop()
      if (!lost.signal.aborted) await put({ ...held, until: 0 }, held)
    },
  }
}

/**
 * Takes and keeps leases in the read models by conditional writes. A process that dies lets them run out after 6 s.
 * Clocks of the machines must agree within a second or two; what is written under a lease is conditional itself.
 */
export const openLeases = async (models: ReadModels, owner: string, now: () => Date): Promise<Leases> => {
  const leases: Collection<LeaseDoc> = await models.collection<LeaseDoc>('_leases')

  const put = async (doc: LeaseDoc, before: LeaseDoc | undefined): Promise<boolean> =>
    await leases.write({
      kind: 'put',
      doc,
      when:
        before === undefined ? { owner: null } : { owner: before.owner, fencing: before.fencing, until: before.until },
    })

  return {
    shared: true,
    take: async (name) => {
      const before = await leases.get(name)
      const time = now().getTime()
      if (before !== undefined && before.owner !== owner && before.until > time) return undefined
      const doc: LeaseDoc = { _id: name, owner, until: time + LEASE_MS, fencing: (before?.fencing ?? 0) + 1 }
      return (await put(doc, before)) ? keep(doc, now, put) : undefined
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
    readonly work: (signal: AbortSignal) => Promise<void>
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
      await parts.work(AbortSignal.any([signal, lease.signal]))
    } finally {
      await lease.release()
    }
  }
}
