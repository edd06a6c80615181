/**
 * Waits for an answer that is for others too, for as long as whoever asks waits.
 * @throws what the answer rejects with, or the reason of `signal`
 */
export const untilLeft = async <T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  signal?.throwIfAborted()
  const left = Promise.withResolvers<never>()
  const leave = (): void => left.reject(signal?.reason)
  signal?.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([answer, left.promise])
  } finally {
    signal?.removeEventListener('abort', leave)
  }
}
