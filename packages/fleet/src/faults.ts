/** A fault that is switched on for requests. */
export interface Fault {
  readonly kind:
    | 'latency'
    | 'throttle'
    | 'rate-limit'
    | 'error'
    | 'reset'
    | 'truncate'
    | 'cut-watch'
    | 'silent-watch'
    | 'unauthorized'
    | 'forbidden'
  /** Matches the path with its query; default: every path. */
  readonly path?: string | undefined
  readonly verb?: string | undefined
  /** How many requests it meets; default: all, until it is switched off. */
  readonly times?: number | undefined
  /** Milliseconds, for latency. */
  readonly ms?: number | undefined
  /** Status, for error; default 500. */
  readonly status?: number | undefined
  /** Seconds of `Retry-After` with 429; default 1; false: without the header, as many proxies do. */
  readonly retryAfterSeconds?: number | false | undefined
  /** For throttle: the refusal comes from the API server's priority and fairness, which names itself in headers. */
  readonly fairness?: boolean | undefined
  /** Requests a second, for rate-limit; as many may come at once after a quiet second. Requests above it get 429. */
  readonly perSecond?: number | undefined
  /** The request is carried out before the fault shows: for answers that get lost. */
  readonly afterWork?: boolean | undefined
}

/** A bucket that holds one second's worth of tokens and is filled evenly; a request takes one. */
const createBucket = (perSecond: number): { readonly take: () => boolean } => {
  let tokens = perSecond
  let filledAt = performance.now()
  return {
    take: () => {
      const now = performance.now()
      tokens = Math.min(perSecond, tokens + ((now - filledAt) / 1000) * perSecond)
      filledAt = now
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}

interface Active {
  readonly fault: Fault
  left: number
  readonly bucket: ReturnType<typeof createBucket> | undefined
}

/** Faults of one server, switched on and off while it runs. */
export class Faults {
  readonly #active = new Set<Active>()

  /** Switches a fault on; the returned function switches it off. */
  add(fault: Fault): () => void {
    const bucket = fault.kind === 'rate-limit' ? createBucket(fault.perSecond ?? 10) : undefined
    const entry: Active = { fault, left: fault.times ?? Number.POSITIVE_INFINITY, bucket }
    this.#active.add(entry)
    return () => void this.#active.delete(entry)
  }

  /** How many are on: those that were for so many requests leave when they have met them. */
  get size(): number {
    return this.#active.size
  }

  clear(): void {
    this.#active.clear()
  }

  /** Faults that meet this request, each counted. */
  take(verb: string, path: string): Fault[] {
    const met: Fault[] = []
    for (const entry of this.#active) {
      const { fault } = entry
      if (fault.verb !== undefined && fault.verb !== verb) continue
      if (fault.path !== undefined && !new RegExp(fault.path).test(path)) continue
      if (entry.bucket?.take() === true) continue
      met.push(fault)
      entry.left -= 1
      if (entry.left <= 0) this.#active.delete(entry)
    }
    return met
  }
}
