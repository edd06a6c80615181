import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import type { Logger } from './logger.ts'

/** A message that could not be handled, with the reason; kept once, and in nobody's way. */
export interface DeadLetter extends Document {
  /** Projection, process manager or subscription that could not handle it. */
  readonly consumer: string
  readonly messageId: string
  readonly messageType: string
  readonly reason: string
  readonly time: string
}

export interface DeadLetters {
  keep(letter: Omit<DeadLetter, '_id' | 'time'>): Promise<void>
  count(): Promise<number>
}

/** Opens the dead letters of a service. The payload stays in the event store; only what and why is kept here. */
export const openDeadLetters = async (models: ReadModels, log: Logger, now: () => Date): Promise<DeadLetters> => {
  const letters: Collection<DeadLetter> = await models.collection<DeadLetter>('_dead_letters')
  return {
    keep: async (letter) => {
      const _id = `${letter['consumer']}/${letter['messageId']}`
      log.error(
        {
          consumer: letter['consumer'],
          messageId: letter['messageId'],
          type: letter['messageType'],
          reason: letter['reason'],
        },
        'dead letter',
      )
      const doc = { _id, ...letter, time: now().toISOString() } as DeadLetter
      await letters.write({ kind: 'put', doc, when: { messageId: null } })
    },
    count: async () => await letters.count({}),
  }
}
