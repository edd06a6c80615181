import type { LiveHint } from '@rancher-hub/contracts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FeedState, liveFeed } from './live-feed.ts'

/** Stands in for the browser's socket: specs open, feed and close it by hand. */
class HandSocket extends EventTarget {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onerror: (() => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  closedWith: number | undefined
  close(code?: number) {
    this.closedWith = code ?? 1005
  }
}

const start = () => {
  const sockets: HandSocket[] = []
  const states: FeedState[] = []
  const hints: LiveHint[] = []
  const calls = { refetch: 0, ended: 0 }
  const feed = liveFeed({
    url: 'ws://hub/api/v1/live',
    onHint: (hint) => hints.push(hint),
    onState: (state) => states.push(state),
    onRefetch: () => {
      calls.refetch += 1
    },
    onSessionEnd: () => {
      calls.ended += 1
    },
    connect: () => {
      const socket = new HandSocket()
      sockets.push(socket)
      return socket as EventTarget as WebSocket
    },
  })
  const last = (): HandSocket => sockets.at(-1) ?? new HandSocket()
  /** The socket opens, and the hub greets. */
  const join = (): void => {
    last().onopen?.()
    last().onmessage?.({ data: '{"heartbeat":true}' })
  }
  return { sockets, states, hints, calls, feed, last, join }
}

describe('live feed', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('hands on hints and ignores anything else', () => {
    const { last, hints, states } = start()
    last().onopen?.()
    for (const data of [
      '{"topic":"syncs","id":"s"}',
      '{"heartbeat":true}',
      '{"topic":"nonsense"}',
      'no json',
      new Uint8Array(),
    ])
      last().onmessage?.({ data })
    expect(hints).toEqual([{ topic: 'syncs', id: 's' }])
    expect(states).toEqual(['connected'])
  })

  it('is connected once the hub greets, and then asks for a fetch: hints from before did not come', () => {
    const { sockets, last, states, calls, join } = start()
    last().onopen?.()
    expect([calls.refetch, states]).toEqual([0, []])
    join()
    last().onmessage?.({ data: '{"topic":"syncs","id":"s"}' })
    expect([calls.refetch, states]).toEqual([1, ['connected']])
    last().onclose?.({ code: 1006 })
    vi.advanceTimersByTime(500)
    expect(sockets).toHaveLength(2)
    expect(calls.refetch).toBe(1)
    join()
    expect(calls.refetch).toBe(2)
    expect(states).toEqual(['connected', 'reconnecting', 'connected'])
  })

  it('waits longer each time, and is stale after a while', () => {
    const { sockets, last, states, join } = start()
    join()
    for (let round = 0; round < 6; round += 1) {
      last().onclose?.({ code: 1006 })
      const before = sockets.length
      vi.advanceTimersByTime(500 * 2 ** round * 0.5 - 1)
      expect(sockets).toHaveLength(before)
      vi.advanceTimersByTime(500 * 2 ** round)
      expect(sockets).toHaveLength(before + 1)
    }
    expect(states).toEqual(['connected', 'reconnecting', 'stale'])
  })

  it('gives up a connection that has gone silent', () => {
    const { sockets, last } = start()
    const first = last()
    first.onopen?.()
    vi.advanceTimersByTime(60_000)
    first.onmessage?.({ data: '{"heartbeat":true}' })
    vi.advanceTimersByTime(60_000)
    expect(sockets).toHaveLength(1)
    vi.advanceTimersByTime(6_000)
    expect(first.closedWith).toBeDefined()
    expect(sockets).toHaveLength(2)
  })

  it('stays closed when the session has ended or the app closes it', () => {
    const ended = start()
    ended.last().onopen?.()
    ended.last().onclose?.({ code: 4401 })
    const closed = start()
    closed.feed.close()
    vi.advanceTimersByTime(120_000)
    expect(ended.calls.ended).toBe(1)
    expect([ended.sockets, closed.sockets].map((sockets) => sockets.length)).toEqual([1, 1])
  })
})
