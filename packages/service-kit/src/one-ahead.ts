/** One piece of work at a time, while the next one is being prepared. */
export interface OneAhead {
  /** Begins this once the work before it is done. @throws what that one threw; this one is not begun then */
  begin(work: () => Promise<void>): Promise<void>
  /** Waits for the work under way. @throws what it throws */
  done(): Promise<void>
  /** Waits until nothing is under way, however it ended. */
  settled(): Promise<void>
}

/** Reading and writing at the same time takes as long as the slower of both, not as long as both together. */
export const createOneAhead = (): OneAhead => {
  let running: Promise<void> = Promise.resolve()
  const settled = async (): Promise<void> => void (await Promise.allSettled([running]))
  return {
    begin: async (work) => {
      await running
      running = work()
      // Whoever waits next is told; until then, a failure is nobody's unhandled rejection.
      void settled()
    },
    done: async () => await running,
    settled,
  }
}
