import { EventEmitter } from 'node:events'
import { BusUnavailableError } from '@rancher-hub/bus'
import { createMemoryBus } from '@rancher-hub/bus/memory'
import { createLogger } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import type { Sessions } from '../session/sessions.ts'
import { openLiveFeed } from './live-feed.ts'

describe('the live feed', () => {
  it('asks the bus again for the next viewer, after a subscription that was refused', async () => {
    const memory = createMemoryBus()
    let isAway = true
    const subscribe: typeof memory.subscribe = async (...asked) => {
      if (isAway) throw new BusUnavailableError('NATS is away')
      return await memory.subscribe(...asked)
    }
    const session = {
      ...{ sessionId: 's', userId: 'ada', organization: 'org', permissions: new Set<never>(), token: '' },
      ...{ endsAt: Date.now() + 60_000, freshUntil: Date.now() + 60_000 },
    }
    const sessions = { known: () => session, onRevoked: () => undefined } as Partial<Sessions> as Sessions
    const log = createLogger({ level: 'silent' })
    await using feed = openLiveFeed({ bus: { ...memory, subscribe }, sessions, log })
    const sent: unknown[] = []
    const socket = (): WebSocket =>
      Object.assign(new EventEmitter(), { send: (data: unknown) => sent.push(data), close: () => undefined }) as never
    await expect(feed.add(socket(), 'token', session)).rejects.toThrow('NATS is away')
    isAway = false
    await feed.add(socket(), 'token', session)
    expect(sent).toEqual(['{"heartbeat":true}'])
  })
})
