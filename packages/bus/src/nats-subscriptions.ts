import type { Msg, NatsConnection, PermissionViolationError, Subscription } from '@nats-io/transport-node'

/** Between two attempts at what the server refuses. */
const RETRY_MS = 5_000

interface Held {
  readonly subject: string
  readonly queue: string | undefined
  readonly listener: (message: Msg) => void
  current: Subscription | undefined
  /** Whether the server has said no to the current one. */
  denied: boolean
}

/** Whether the server has just taken a right away that a subscription had: its client tells nobody. */
const isTakenAway = (error: PermissionViolationError): boolean =>
  error.operation === 'subscription' && error.message.includes('(sid ')

/**
 * Subscriptions that come back. What the server refuses today it may allow tomorrow, when its configuration has been
 * read again; the client itself gives up at the first no.
 */
export const createSubscriptions = (connection: NatsConnection) => {
  const all = new Set<Held>()
  const refused = new Set<Held>()
  let trying = false

  const deny = (held: Held): void => {
    held.denied = true
    if (all.has(held)) refused.add(held)
  }

  const subscribe = (held: Held): void => {
    held.current?.unsubscribe()
    held.denied = false
    const { subject, queue, listener } = held
    const subscription = connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) listener(message)
        else if (held.current === subscription) deny(held)
      },
    })
    held.current = subscription
  }

  const retry = async (): Promise<void> => {
    if (trying || refused.size === 0 || connection.isClosed()) return
    trying = true
    const attempted = [...refused]
    try {
      for (const held of attempted) subscribe(held)
      // A no comes before the answer to this.
      await connection.flush()
      for (const held of attempted) if (!held.denied) refused.delete(held)
    } catch {
      // The connection broke: nobody knows what the server would have said, and with the next one it is asked again.
    } finally {
      trying = false
    }
  }
  const timer = setInterval(() => void retry(), RETRY_MS)

  return {
    /** Subscribes; the messages of one subject and queue are shared among those who hold it. */
    hold: (subject: string, listener: (message: Msg) => void, queue?: string): { readonly close: () => void } => {
      const held: Held = { subject, queue, listener, current: undefined, denied: false }
      all.add(held)
      subscribe(held)
      return {
        close: () => {
          all.delete(held)
          refused.delete(held)
          held.current?.unsubscribe()
        },
      }
    },
    /** Asks again now. */
    retry,
    /** Takes note of what the server says of its own accord. */
    onViolation: (error: PermissionViolationError): void => {
      if (!isTakenAway(error)) return
      for (const held of all) if (held.subject === error.subject && held.queue === error.queue) deny(held)
    },
    /** Subjects that the server refuses now. */
    refused: (): string[] => [...new Set([...refused].map(({ subject }) => subject))],
    close: (): void => clearInterval(timer),
  }
}
export type Subscriptions = ReturnType<typeof createSubscriptions>
