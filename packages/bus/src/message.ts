import { type BusMessage, type Headers, MAX_MESSAGE_BYTES, MessageTooLargeError } from './bus.port.ts'

/** A message of its own, as if it had come over a wire. @throws MessageTooLargeError */
export const copyMessage = (subject: string, data: Uint8Array, headers: Headers = {}): BusMessage => {
  if (data.byteLength > MAX_MESSAGE_BYTES) throw new MessageTooLargeError(subject, data.byteLength)
  return { subject, data: Uint8Array.from(data), headers: { ...headers } }
}

/** One subscriber's messages, handled one after the other. */
export const createMailbox = (
  handler: (message: BusMessage) => Promise<void> | void,
  onError: (error: unknown) => void,
) => {
  let tail: Promise<void> = Promise.resolve()
  const handle = async (message: BusMessage): Promise<void> => {
    try {
      await handler(message)
    } catch (error) {
      onError(error)
    }
  }
  return {
    deliver: (message: BusMessage): void => {
      const next = async (): Promise<void> => await handle(message)
      tail = tail.then(next, next)
    },
    /** Resolves when what was delivered so far has been handled. */
    drained: async (): Promise<void> => await tail,
  }
}
