/** A fault that is switched on for requests. */
export interface Fault {
  readonly kind:
    | 'latency'
    | 'throttle'
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
  readonly retryAfterSeconds?: number | undefined
  /** The request is carried out before the fault shows: for answers that get lost. */
  readonly afterWork?: boolean | undefined
}

/** Faults of one server, switched on and off while it runs. */
export class Faults {
  readonly #active = new Set<{ readonly fault: Fault; left: number }>()

  /** Switches a fault on; the returned function switches it off. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
    this.#active.add(entry)
    return () => void this.#active.delete(entry)
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
      met.push(fault)
      entry.left -= 1
      if (entry.left <= 0) this.#active.delete(entry)
    }
    return met
  }
}
