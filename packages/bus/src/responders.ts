import { NoResponderError } from './bus.port.ts'

/** Responders of one subject and queue, taken in turn. */
interface Group<H> {
  readonly handlers: H[]
  next: number
}

/** Who answers which subject. */
export class Responders<H> {
  readonly #bySubject = new Map<string, Map<string, Group<H>>>()

  /** Returns what removes the responder again; calling that twice is fine. */
  add(subject: string, queue: string, handler: H): () => void {
    const queues = this.#bySubject.get(subject) ?? new Map<string, Group<H>>()
    const group = queues.get(queue) ?? { handlers: [], next: 0 }
    group.handlers.push(handler)
    queues.set(queue, group)
    this.#bySubject.set(subject, queues)
    return () => {
      const place = group.handlers.indexOf(handler)
      if (place >= 0) group.handlers.splice(place, 1)
      if (group.handlers.length === 0 && queues.get(queue) === group) queues.delete(queue)
    }
  }

  /** The one whose turn it is. @throws NoResponderError */
  pick(subject: string): H {
    const group = this.#bySubject.get(subject)?.values().next().value
    const handler = group?.handlers[group.next % group.handlers.length]
    if (group === undefined || handler === undefined) throw new NoResponderError(subject)
    group.next = (group.next + 1) % group.handlers.length
    return handler
  }
}

/** Work under way, for those who must wait for it. */
export class InFlight {
  readonly #work = new Set<Promise<unknown>>()

  async track<T>(work: Promise<T>): Promise<T> {
    this.#work.add(work)
    try {
      return await work
    } finally {
      this.#work.delete(work)
    }
  }

  /** Resolves when everything that is under way now has ended, well or badly. */
  async done(): Promise<void> {
    await Promise.allSettled([...this.#work])
  }
}
