import type { Document } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { SessionEvent } from '../session/session.ts'

/** A session that was not signed out; whether it is still good depends on the account and the clock. */
export interface SessionDocument extends Document {
  readonly org: string
  readonly userId: string
  readonly tokenHash: string
  readonly epoch: number
  readonly seenAt: string
  readonly expiresAt: string
}

export const sessions = defineProjection<SessionDocument, SessionEvent>({
  name: 'sessions',
  categories: ['session'],
  keys: (event) => [event.streamId],
  project: (doc, event, id) => {
    switch (event.type) {
      case 'SessionStarted': {
        const { userId, tokenHash, epoch, expiresAt } = event.data
        return { _id: id, org: event.organization, userId, tokenHash, epoch, seenAt: event.time, expiresAt }
      }
      case 'SessionSeen':
        return doc === undefined ? undefined : { ...doc, seenAt: event.time }
      default:
        return undefined
    }
  },
})
