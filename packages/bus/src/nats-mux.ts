import { randomUUID } from 'node:crypto'
import type { Msg } from '@nats-io/transport-node'
import type { Subscriptions } from './nats-subscriptions.ts'

/** First token of subjects for answers: one message each, and nobody may publish there who was not asked. */
const ANSWERS = '_INBOX'
/** First token of subjects for what is more than one message: chunks of streams, credit for them, signs of life. */
const TALK = '_TALK'

/** Where to say more than the one answer; undefined for callers who know nothing of it. */
export const talkSubject = (reply: string): string | undefined =>
  reply.startsWith(ANSWERS) ? `${TALK}${reply.slice(ANSWERS.length)}` : undefined

/** Where somebody listens for what belongs to one request. */
export interface Inbox {
  /** For the one answer. */
  readonly answer: string
  /** For everything else. */
  readonly talk: string
  readonly close: () => void
}

/**
 * What is meant for this process, under two subscriptions. Each request has a subject of its own that nobody can
 * guess: on NATS, who knows such a subject can answer.
 */
export const createMux = (subscriptions: Subscriptions, prefix: string = ANSWERS) => {
  if (!prefix.startsWith(ANSWERS)) throw new TypeError(`«${prefix}» does not start with ${ANSWERS}`)
  const listeners = new Map<string, (message: Msg, isAnswer: boolean) => void>()
  const root = `${prefix}.${randomUUID()}`
  const listen = (where: string, isAnswer: boolean) =>
    subscriptions.hold(`${where}.*`, (message) => {
      listeners.get(message.subject.slice(where.length + 1))?.(message, isAnswer)
    })
  const talk = `${TALK}${root.slice(ANSWERS.length)}`
  const held = [listen(root, true), listen(talk, false)]
  return {
    /** A fresh inbox. Listeners are told whether a message came as the answer. */
    listen: (listener: (message: Msg, isAnswer: boolean) => void): Inbox => {
      const id = randomUUID()
      listeners.set(id, listener)
      return { answer: `${root}.${id}`, talk: `${talk}.${id}`, close: () => void listeners.delete(id) }
    },
    close: (): void => {
      for (const each of held) each.close()
    },
  }
}
export type Mux = ReturnType<typeof createMux>
