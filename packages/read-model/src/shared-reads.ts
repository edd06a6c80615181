/** Reads of one collection, each kind of which is under way at most once. */
export interface SharedReads {
  /** The answer to `question`; `read` gets it from the server. */
  ask<R>(question: string, read: () => Promise<R>): Promise<R>
}

interface Flight {
  readonly running: Promise<unknown>
  /** Asked for once `running` is over, by everybody who came meanwhile. */
  next?: Promise<unknown> | undefined
}

/**
 * One read for all who ask the same at the same time: a live hint makes every browser fetch the same list at once.
 * Who comes while a read is under way waits for the next one, never for an answer that may be older than the question:
 * so a read after a write still sees it.
 */
export const createSharedReads = (): SharedReads => {
  const flights = new Map<string, Flight>()

  const begin = async (question: string, read: () => Promise<unknown>): Promise<unknown> => {
    const flight: Flight = { running: read() }
    flights.set(question, flight)
    try {
      return await flight.running
    } finally {
      if (flight.next === undefined) flights.delete(question)
    }
  }
  const after = async (running: Promise<unknown>, question: string, read: () => Promise<unknown>): Promise<unknown> => {
    await Promise.allSettled([running])
    return await begin(question, read)
  }

  return {
    ask: async <R>(question: string, read: () => Promise<R>): Promise<R> => {
      const flight = flights.get(question)
      // The same question has answers of the same kind.
      if (flight === undefined) return (await begin(question, read)) as R
      flight.next ??= after(flight.running, question, read)
      return (await flight.next) as R
    },
  }
}
