/** Waits for something that is looked at again whenever `check` is called. */
export interface Settling {
  check(): void
  /** Resolves when it is settled, after `timeoutMs`, or when `signal` aborts. */
  settled(timeoutMs: number, signal?: AbortSignal): Promise<void>
}

export const createSettling = (isSettled: () => boolean): Settling => {
  const waiting = new Set<() => void>()
  return {
    check: () => {
      if (isSettled()) for (const done of waiting) done()
    },
    settled: async (timeoutMs, signal) => {
      if (isSettled() || signal?.aborted === true) return
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          waiting.delete(done)
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        waiting.add(done)
        signal?.addEventListener('abort', done, { once: true })
      })
    },
  }
}
