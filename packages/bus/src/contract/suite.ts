import type { Bus, BusMessage, Reply } from '../bus.port.ts'

/** What an adapter declares about itself; each switches cases to their documented alternative, none leaves them out. */
export interface BusTraits {
  /** How many chunks a stream's responder may be ahead of a caller that has stopped asking. */
  readonly window: number
  /** Who only listens on the subject of a request: not there for callers, or (as on NATS) taken for somebody who might answer. */
  readonly listeners: 'ignored' | 'waited for'
  /** The server that it needs is not on this machine: every case is skipped, and counted. */
  readonly missing?: boolean | undefined
}

/** The adapter under test. `open` gives a bus that nobody else uses. */
export interface Suite {
  readonly open: () => Promise<Bus>
  readonly traits: BusTraits
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (message: Pick<BusMessage, 'data'>): string => new TextDecoder().decode(message.data)
export const reply = (text: string): Reply => ({ data: bytes(text) })

/** Long enough for a loaded machine; no case waits for it. */
export const patient = { timeoutMs: 10_000 }
/** For cases in which nobody answers in time. */
export const impatient = { timeoutMs: 30 }

/** Throws what a subscription should not have to report. */
export const rethrow = (error: unknown): never => {
  throw error
}

/** A door that stays shut until it is opened. */
export const createGate = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Resolves when a signal aborts. */
export const aborted = async (signal: AbortSignal): Promise<unknown> => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  return signal.reason
}
