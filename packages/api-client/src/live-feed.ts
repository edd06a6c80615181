import { LiveHint } from '@rancher-hub/contracts'
import { parseJson } from './problem-error.ts'

/** `stale`: disconnected for longer than a moment; what is on the screen may be old. */
export type FeedState = 'connected' | 'reconnecting' | 'stale'

export interface LiveFeedOptions {
  /** `wss://hub.example.com/api/v1/live` */
  readonly url: string
  readonly onHint: (hint: LiveHint) => void
  readonly onState?: ((state: FeedState) => void) | undefined
  /** Hints may have been missed while there was no connection, also before the first: fetch again what is shown. */
  readonly onRefetch?: (() => void) | undefined
  /** The session has ended: the feed is closed and does not come back by itself. */
  readonly onSessionEnd?: (() => void) | undefined
  /** Opens the socket; default: the global WebSocket. */
  readonly connect?: ((url: string) => WebSocket) | undefined
  /** Milliseconds; the defaults suit people. */
  readonly timing?: Partial<FeedTiming> | undefined
}

export interface FeedTiming {
  /** First delay before trying again; doubles each time, with up to 50 % jitter. */
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  /** Disconnected for this long: `stale`. */
  readonly staleAfterMs: number
  /** Nothing heard for this long (the hub sends a heartbeat every 25 s): the connection is dead. */
  readonly silenceMs: number
}

export interface LiveFeed {
  close(): void
}

const defaultTiming: FeedTiming = { firstRetryMs: 500, longestRetryMs: 30_000, staleAfterMs: 10_000, silenceMs: 65_000 }
/** Close code of the hub for «your session has ended». */
const SESSION_ENDED = 4401

/** Follows the hub's live hints over a WebSocket that comes back by itself: exponential back-off with jitter, and a watchdog for connections that died silently. */
export const liveFeed = (options: LiveFeedOptions): LiveFeed => {
  const timing = { ...defaultTiming, ...options.timing }
  const connect = options.connect ?? ((url: string) => new WebSocket(url))
  let socket: WebSocket | undefined
  let attempts = 0
  let closed = false
  let state: FeedState | undefined
  let retryTimer: ReturnType<typeof setTimeout> | undefined
  let staleTimer: ReturnType<typeof setTimeout> | undefined
  let silenceTimer: ReturnType<typeof setTimeout> | undefined

  const enter = (next: FeedState): void => {
    if (state === next) return
    state = next
    options.onState?.(next)
  }
  const heard = (current: WebSocket): void => {
    clearTimeout(silenceTimer)
    silenceTimer = setTimeout(() => lost(current), timing.silenceMs)
  }
  const stop = (): void => {
    closed = true
    for (const timer of [retryTimer, staleTimer, silenceTimer]) clearTimeout(timer)
    const current = socket
    socket = undefined
    current?.close(1000)
  }
  const opened = (current: WebSocket): void => {
    attempts = 0
    clearTimeout(staleTimer)
    staleTimer = undefined
    heard(current)
    enter('connected')
    options.onRefetch?.()
  }
  const lost = (current: WebSocket): void => {
    if (closed || current !== socket) return
    socket = undefined
    clearTimeout(silenceTimer)
    current.close()
    if (state !== 'stale') enter('reconnecting')
    staleTimer ??= setTimeout(() => enter('stale'), timing.staleAfterMs)
    const delay = Math.min(timing.longestRetryMs, timing.firstRetryMs * 2 ** attempts)
    attempts += 1
    retryTimer = setTimeout(open, delay * (0.5 + Math.random() * 0.5))
  }
  const open = (): void => {
    const current = connect(options.url)
    socket = current
    let isOpen = false
    current.onopen = () => heard(current)
    current.onmessage = (message) => {
      heard(current)
      // The hub greets once it has joined: hints from before do not come.
      if (!(isOpen || closed)) opened(current)
      isOpen = true
      const hint = LiveHint.safeParse(typeof message.data === 'string' ? parseJson(message.data) : undefined)
      if (hint.success && !closed) options.onHint(hint.data)
    }
    current.onerror = () => lost(current)
    current.onclose = (event) => {
      if (event.code !== SESSION_ENDED || closed || current !== socket) return lost(current)
      stop()
      options.onSessionEnd?.()
    }
  }

  open()
  return { close: stop }
}
