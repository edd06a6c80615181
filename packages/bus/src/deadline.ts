import { BusTimeoutError, type RequestOptions } from './bus.port.ts'

/**
 * Settles with `work`; rejects when time is up or the caller's signal aborts, and then tells the worker by `cancel`.
 * Somebody else's `cancel` ends the wait too.
 * @throws BusTimeoutError, or the reason of the signal
 */
export const within = async <T>(
  work: Promise<T>,
  subject: string,
  options: RequestOptions,
  cancel: AbortController,
): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new BusTimeoutError(subject, options.timeoutMs)), options.timeoutMs)
  const onAbort = (): void => reject(options.signal?.reason)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted === true) onAbort()
  const onCancel = (): void => reject(cancel.signal.reason)
  cancel.signal.addEventListener('abort', onCancel, { once: true })
  try {
    return await Promise.race([work, promise])
  } catch (error) {
    cancel.abort(error)
    throw error
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    cancel.signal.removeEventListener('abort', onCancel)
  }
}
