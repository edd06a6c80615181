import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'

interface LeaseDoc extends Document {
  readonly owner: string
  /** Milliseconds since the epoch until which it holds. */
  readonly until: number
  readonly fencing: number
}

export interface Lease {
  /** Grows with each new owner: a write that carries an older one is late. */
  readonly fencing: number
  /** Aborts when the lease was lost: stop at once. */
  readonly signal: AbortSignal
  release(): Promise<void>
}

const LEASE_MS = 15_000

/**
 * Takes and keeps leases in the read models by conditional writes. A process that dies lets them run out after 15 s;
 * one that starts again under the same owner name has them back at once.
 */
export interface Leases {
  /** undefined when somebody else holds it. */
  take(name: string): Promise<Lease | undefined>
}

export const openLeases = async (models: ReadModels, owner: string, now: () => Date): Promise<Leases> => {
  const leases: Collection<LeaseDoc> = await models.collection<LeaseDoc>('_leases')

  const put = async (doc: LeaseDoc, before: LeaseDoc | undefined): Promise<boolean> =>
    await leases.write({
      kind: 'put',
      doc,
      when:
        before === undefined ? { owner: null } : { owner: before.owner, fencing: before.fencing, until: before.until },
    })

  const keep = (first: LeaseDoc): Lease => {
    let held = first
    const lost = new AbortController()
    const renew = async (): Promise<void> => {
      const next = { ...held, until: now().getTime() + LEASE_MS }
      if (await put(next, held)) held = next
      else lost.abort(new Error(`Lease ${held._id} was taken by somebody else`))
    }
    const timer = setInterval(() => {
      renew().catch((error: unknown) => {
        if (now().getTime() > held.until) lost.abort(error)
      })
    }, LEASE_MS / 3)
    timer.unref()
    return {
      fencing: first.fencing,
      signal: lost.signal,
      release: async () => {
        clearInterval(timer)
        await leases.write({ kind: 'put', doc: { ...held, until: 0 }, when: { owner, fencing: held.fencing } })
      },
    }
  }

  return {
    take: async (name) => {
      const before = await leases.get(name)
      const time = now().getTime()
      if (before !== undefined && before.owner !== owner && before.until > time) return undefined
      const doc: LeaseDoc = { _id: name, owner, until: time + LEASE_MS, fencing: (before?.fencing ?? 0) + 1 }
      return (await put(doc, before)) ? keep(doc) : undefined
    },
  }
}
