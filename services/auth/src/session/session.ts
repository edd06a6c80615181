import { Id, Time } from '@rancher-hub/contracts'
import { type Decide, type Evolve, unreachable } from '@rancher-hub/domain'
import { defineAggregate } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { EventOf } from '../event-of.ts'

const events = {
  /** Only the SHA-256 of the session token. `epoch` is the account's when the proof was checked: an older one is no longer good. */
  SessionStarted: z.object({
    userId: Id,
    tokenHash: z.string(),
    epoch: z.number().int(),
    expiresAt: Time,
    method: z.enum(['password', 'link']),
    address: z.string().optional(),
  }),
  /** Recorded now and then while the person is active, for the idle limit. */
  SessionSeen: z.object({ userId: Id }),
  SessionEnded: z.object({ userId: Id, reason: z.enum(['signed-out']) }),
}
export type SessionEvent = EventOf<typeof events>

export interface Session {
  readonly userId: string | undefined
  readonly ended: boolean
}

const evolve: Evolve<Session, SessionEvent> = (state, event) => {
  switch (event.type) {
    case 'SessionStarted':
      return { userId: event.data.userId, ended: false }
    case 'SessionSeen':
      return state
    case 'SessionEnded':
      return { ...state, ended: true }
    default:
      return unreachable(event)
  }
}

/** One short stream a session, so that signing in stays as cheap after years. */
export const session = defineAggregate<Session, SessionEvent>({
  category: 'session',
  initial: { userId: undefined, ended: false },
  evolve,
  events,
})

type SessionStart = Extract<SessionEvent, { type: 'SessionStarted' }>['data']

export const startSession: Decide<SessionStart, Session, SessionEvent, never> = (start, state) =>
  state.userId === undefined ? [{ type: 'SessionStarted', data: start }] : []

export const noteActivity: Decide<{ readonly userId: string }, Session, SessionEvent, never> = ({ userId }, state) =>
  state.ended || state.userId !== userId ? [] : [{ type: 'SessionSeen', data: { userId } }]

export const endSession: Decide<{ readonly userId: string }, Session, SessionEvent, never> = ({ userId }, state) =>
  state.ended || state.userId !== userId ? [] : [{ type: 'SessionEnded', data: { userId, reason: 'signed-out' } }]
