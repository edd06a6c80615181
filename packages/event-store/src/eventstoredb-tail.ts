import { setTimeout as wait } from 'node:timers/promises'
import { ChangeSignal } from './change-signal.ts'
import type { RecordedEvent } from './event-store.port.ts'
import type { Head } from './eventstoredb-read.ts'

const MAX_EVENTS = 4_096
const MAX_BYTES = 16 * 1024 * 1024

export interface TailSource {
  /** The hub's last event. */
  readonly head: () => Promise<Head>
  /** The hub's events of all streams after a position, without end; tells when the server has taken it on. */
  readonly follow: (after: number, signal: AbortSignal, onLive: () => void) => AsyncIterable<RecordedEvent>
  /** Size of an event in memory, roughly. */
  readonly sizeOf: (event: RecordedEvent) => number
}

const pauseFor = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await wait(milliseconds, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/**
 * The newest events, from one live subscription for the whole process. Whoever has read up to `from` gets the rest
 * from here; whoever is further behind reads the store first. So a slow reader is never dropped by the server, and the
 * end of what is stored is known exactly, also to readers of a few categories.
 */
export class Tail {
  readonly changes = new ChangeSignal()
  readonly #source: TailSource
  readonly #stopped = new AbortController()
  readonly #events: { readonly event: RecordedEvent; readonly bytes: number }[] = []
  #bytes = 0
  #from: number | undefined
  #head: Head = { position: -1, stream: '' }
  #starting: Promise<void> | undefined
  #running: Promise<void> | undefined
  #problem: string | undefined

  constructor(source: TailSource) {
    this.#source = source
  }

  /** Why it is not live now; undefined while it is, or nobody needs it. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** The newest event that is known. A server that was restored from an older backup takes it back. */
  get head(): Head {
    return this.#head
  }

  /** Resolves when it is known where the tail begins. @throws what reading the head throws; the next call tries again */
  async started(): Promise<void> {
    if (this.#from !== undefined) return
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    await this.#starting
  }

  async #start(): Promise<void> {
    this.#startAt(await this.#source.head())
    this.#running = this.#run()
  }

  #startAt(head: Head): void {
    this.#events.length = 0
    this.#bytes = 0
    this.#from = head.position
    this.#head = head
  }

  /** What was known may be no more: readers that were further have to learn of it. */
  async #lookAgain(): Promise<void> {
    const head = await this.#source.head()
    if (head.position >= this.#head.position) return
    this.#startAt(head)
    this.changes.notify()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped
    let again = false
    for (let pause = 100; !signal.aborted; pause = Math.min(pause * 2, 2_000)) {
      try {
        if (again) await this.#lookAgain()
        again = true
        const live = (): void => {
          this.#problem = undefined
        }
        for await (const event of this.#source.follow(this.#head.position, signal, live)) {
          pause = 100
          this.#add(event)
        }
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : String(error)
      }
      await pauseFor(pause, signal)
    }
  }

  #add(event: RecordedEvent): void {
    const bytes = this.#source.sizeOf(event)
    this.#events.push({ event, bytes })
    this.#bytes += bytes
    this.#head = { position: event.position, stream: event.stream }
    while (this.#events.length > MAX_EVENTS || (this.#bytes > MAX_BYTES && this.#events.length > 1)) {
      const oldest = this.#events.shift()
      if (oldest === undefined) break
      this.#bytes -= oldest.bytes
      this.#from = oldest.event.position
    }
    this.changes.notify()
  }

  /** Everything after a position, or undefined when that is too long ago. */
  after(position: number): RecordedEvent[] | undefined {
    if (this.#from === undefined || position < this.#from) return undefined
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#events[middle]?.event.position ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return this.#events.slice(low).map(({ event }) => event)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.changes.notify()
    await this.#running
  }
}
