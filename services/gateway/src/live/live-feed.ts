import type { Bus } from '@rancher-hub/bus'
import { LiveHint } from '@rancher-hub/contracts'
import { decode, type Logger } from '@rancher-hub/service-kit'
import type { WebSocket } from 'ws'
import type { GatewaySession, Sessions } from '../session/sessions.ts'

/** Close code for «your session has ended». */
export const SESSION_ENDED = 4401
/** Close code for «you read too slowly; come back and fetch again» (RFC 6455 registry: try again later). */
const TOO_SLOW = 1013
const MAX_BUFFERED_BYTES = 256 * 1024
const HEARTBEAT_MS = 25_000
const heartbeat = JSON.stringify({ heartbeat: true })

interface Viewer {
  readonly socket: WebSocket
  readonly sessionToken: string
  session: GatewaySession
  alive: boolean
}

export interface LiveFeedDeps {
  readonly bus: Bus
  readonly sessions: Sessions
  readonly log: Logger
}

export interface LiveFeed extends AsyncDisposable {
  /** Sends the hints of the viewer's organization until the socket closes or the session ends. */
  add(socket: WebSocket, sessionToken: string, session: GatewaySession): Promise<void>
}

/** One bus subscription per organization that somebody watches. */
const openChannels = (bus: Bus, log: Logger) => {
  const channels = new Map<string, { readonly viewers: Set<Viewer>; readonly subscription: Promise<AsyncDisposable> }>()

  const forward = (viewers: ReadonlySet<Viewer>, data: Uint8Array): void => {
    const hint = LiveHint.safeParse(decode(data))
    if (!hint.success) return
    const text = JSON.stringify(hint.data)
    for (const viewer of viewers) {
      const private_ = hint.data.topic === 'me' && hint.data.id !== undefined && hint.data.id !== viewer.session.userId
      if (private_) continue
      if (viewer.socket.bufferedAmount > MAX_BUFFERED_BYTES) viewer.socket.close(TOO_SLOW, 'too slow')
      else viewer.socket.send(text)
    }
  }

  return {
    join: async (viewer: Viewer): Promise<void> => {
      const { organization } = viewer.session
      const known = channels.get(organization)
      if (known !== undefined) {
        known.viewers.add(viewer)
        await known.subscription
        return
      }
      const viewers = new Set([viewer])
      const onError = (error: unknown): void => log.warn({ err: error }, 'live hint not understood')
      const subscription = bus.subscribe(
        `hub.live.${organization}.>`,
        (message) => forward(viewers, message.data),
        onError,
      )
      const channel = { viewers, subscription }
      channels.set(organization, channel)
      try {
        await subscription
      } catch (error) {
        // Whoever comes next asks the bus again.
        if (channels.get(organization) === channel) channels.delete(organization)
        throw error
      }
    },
    leave: async (viewer: Viewer): Promise<void> => {
      const channel = channels.get(viewer.session.organization)
      if (channel === undefined || !channel.viewers.delete(viewer) || channel.viewers.size > 0) return
      channels.delete(viewer.session.organization)
      await (await channel.subscription)[Symbol.asyncDispose]()
    },
  }
}

/** Forwards live hints to signed-in browsers. */
export const openLiveFeed = ({ bus, sessions, log }: LiveFeedDeps): LiveFeed => {
  const viewers = new Set<Viewer>()
  const channels = openChannels(bus, log)

  /** Asks whether the session still stands, without counting as activity of the person. */
  const recheck = async (viewer: Viewer): Promise<void> => {
    try {
      const session = await sessions.resolve(viewer.sessionToken, viewer.session.sessionId, false)
      if (session === undefined) viewer.socket.close(SESSION_ENDED, 'session ended')
      else viewer.session = session
    } catch (error) {
      log.warn({ err: error }, 'session of a live feed could not be checked; it is checked again soon')
    }
  }
  sessions.onRevoked(({ userId, sessionId }) => {
    for (const viewer of viewers) {
      if (viewer.session.userId === userId && (sessionId === undefined || viewer.session.sessionId === sessionId))
        void recheck(viewer)
    }
  })

  const beat = (): void => {
    for (const viewer of viewers) {
      if (!viewer.alive) {
        viewer.socket.terminate()
        continue
      }
      viewer.alive = false
      viewer.socket.ping()
      // Pages cannot see pings: this is how they know that the connection lives.
      viewer.socket.send(heartbeat)
      if (viewer.session.freshUntil <= Date.now()) void recheck(viewer)
    }
  }
  const timer = setInterval(beat, HEARTBEAT_MS)
  timer.unref()

  return {
    add: async (socket, sessionToken, session) => {
      const viewer: Viewer = { socket, sessionToken, session, alive: true }
      viewers.add(viewer)
      socket.on('pong', () => {
        viewer.alive = true
      })
      socket.on('error', (error) => log.debug({ err: error }, 'live feed broken'))
      socket.on('close', () => {
        viewers.delete(viewer)
        channels.leave(viewer).catch((error: unknown) => log.warn({ err: error }, 'live feed not left'))
      })
      await channels.join(viewer)
      // From now on no hint is missed: the page counts as connected once it hears this.
      socket.send(heartbeat)
      // The session may have ended between the upgrade and now.
      if (sessions.known(sessionToken) === undefined) await recheck(viewer)
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      for (const viewer of viewers) viewer.socket.close(1001, 'the hub stops')
    },
  }
}
