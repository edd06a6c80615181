/** Positions that somebody waits for. */
export const createPositionWaiters = () => {
  const waiters = new Set<{ readonly position: number; readonly resolve: () => void }>()
  return {
    any: () => waiters.size > 0,
    reached: (position: number): void => {
      for (const waiter of waiters) {
        if (waiter.position > position) continue
        waiters.delete(waiter)
        waiter.resolve()
      }
    },
    wait: async (position: number, signal: AbortSignal): Promise<void> => {
      await new Promise<void>((resolve, reject) => {
        const waiter = { position, resolve }
        waiters.add(waiter)
        const onAbort = (): void => {
          waiters.delete(waiter)
          reject(signal.reason as Error)
        }
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
