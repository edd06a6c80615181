import { describe, expect, it, vi } from 'vitest'
import { type Bus, type BusMessage, MAX_MESSAGE_BYTES, MessageTooLargeError } from '../bus.port.ts'
import { bytes, createGate, rethrow, type Suite, textOf } from './suite.ts'

const patterns: [string, string[], string[]][] = [
  ['a.b', ['a.b'], ['a', 'a.c', 'a.b.c', 'a.B']],
  ['a.*', ['a.b', 'a.c'], ['a', 'a.b.c', 'b.b']],
  ['*.b', ['a.b', 'x.b'], ['b', 'a.b.b']],
  ['a.*.c', ['a.b.c'], ['a.c', 'a.b.b.c', 'a.b.d']],
  ['a.>', ['a.b', 'a.b.c'], ['a', 'b.a']],
  ['>', ['a', 'a.b.c'], []],
  ['*', ['a'], ['a.b']],
  ['*.*.>', ['a.b.c', 'a.b.c.d'], ['a.b']],
]

/** Subjects of what a pattern hears. */
const listen = async (bus: Bus, pattern: string): Promise<string[]> => {
  const heard: string[] = []
  await bus.subscribe(pattern, ({ subject }) => void heard.push(subject), rethrow)
  return heard
}

const delivery = ({ open }: Suite) => {
  it.each(patterns)('hears by %s only what it matches', async (pattern, matching, others) => {
    await using bus = await open()
    const heard = await listen(bus, pattern)
    const all = await listen(bus, '>')
    const subjects = [...others, ...matching]
    for (const subject of subjects) await bus.publish(subject, bytes(''))
    await vi.waitFor(() => expect(all).toEqual(subjects))
    await vi.waitFor(() => expect(heard).toEqual(matching))
  })

  it.each(['', 'a.>.b', 'a..b', 'a*', 'a b', '>.a'])('refuses «%s» as a pattern', async (pattern) => {
    await using bus = await open()
    await expect(bus.subscribe(pattern, () => undefined, rethrow)).rejects.toBeInstanceOf(TypeError)
  })

  it('delivers to every subscriber its own copy of the bytes, with the headers', async () => {
    await using bus = await open()
    const got: BusMessage[] = []
    for (let index = 0; index < 3; index += 1) {
      const spoil = (message: BusMessage): void => {
        got.push({ ...message, data: message.data.slice() })
        message.data.fill(0)
      }
      await bus.subscribe('a', spoil, rethrow)
    }
    const data = bytes('news')
    await bus.publish('a', data, { kind: 'x' })
    data.fill(0)
    await vi.waitFor(() => expect(got).toHaveLength(3))
    for (const message of got)
      expect([textOf(message), message.headers, message.subject]).toEqual(['news', { kind: 'x' }, 'a'])
  })

  it('forgets what nobody hears, and delivers nothing from before a subscription', async () => {
    await using bus = await open()
    await bus.publish('a', bytes('before'))
    const got: string[] = []
    await bus.subscribe('a', (message) => void got.push(textOf(message)), rethrow)
    await bus.publish('a', bytes('after'))
    await vi.waitFor(() => expect(got).toEqual(['after']))
  })

  it('takes the limit, and refuses one byte more, also when nobody listens', async () => {
    await using bus = await open()
    await expect(bus.publish('a', new Uint8Array(MAX_MESSAGE_BYTES + 1))).rejects.toBeInstanceOf(MessageTooLargeError)
    const got: number[] = []
    await bus.subscribe('a', ({ data }) => void got.push(data.byteLength), rethrow)
    await bus.publish('a', new Uint8Array(MAX_MESSAGE_BYTES))
    await vi.waitFor(() => expect(got).toEqual([MAX_MESSAGE_BYTES]))
  })
}

const handling = ({ open }: Suite) => {
  it('handles messages one after the other, in the order of publishing', async () => {
    await using bus = await open()
    const handled: string[] = []
    let running = 0
    await bus.subscribe(
      'a.*',
      async (message) => {
        running += 1
        expect(running).toBe(1)
        await new Promise(setImmediate)
        handled.push(textOf(message))
        running -= 1
      },
      rethrow,
    )
    const wanted = Array.from({ length: 100 }, (_, n) => String(n))
    for (const text of wanted) await bus.publish(`a.${Number(text) % 3}`, bytes(text))
    await vi.waitFor(() => expect(handled).toEqual(wanted))
  })

  it('does not make the publisher, or other subscribers, wait for a slow one', async () => {
    await using bus = await open()
    const gate = createGate()
    const quick: string[] = []
    await bus.subscribe('a', async () => await gate.opened, rethrow)
    await bus.subscribe('a', (message) => void quick.push(textOf(message)), rethrow)
    for (const text of ['1', '2', '3']) await bus.publish('a', bytes(text))
    await vi.waitFor(() => expect(quick).toEqual(['1', '2', '3']))
    gate.open()
  })

  it('reports a handler that throws, and goes on', async () => {
    await using bus = await open()
    const errors: unknown[] = []
    const handled: string[] = []
    const handle = (message: BusMessage): Promise<void> | void => {
      if (textOf(message) === 'throws') throw new Error('thrown')
      if (textOf(message) === 'rejects') return Promise.reject(new Error('rejected'))
      handled.push(textOf(message))
    }
    await bus.subscribe('a', handle, (error) => void errors.push(error))
    for (const text of ['1', 'throws', '2', 'rejects', '3']) await bus.publish('a', bytes(text))
    await vi.waitFor(() => expect(handled).toEqual(['1', '2', '3']))
    expect(errors.map(String)).toEqual(['Error: thrown', 'Error: rejected'])
  })

  it.each(['subscription', 'bus'] as const)(
    'waits for the message being handled when the %s is disposed, and takes no more',
    async (what) => {
      await using bus = await open()
      const begun = createGate()
      const gate = createGate()
      const handled: string[] = []
      const handle = async (message: BusMessage): Promise<void> => {
        begun.open()
        await gate.opened
        handled.push(textOf(message))
      }
      const subscription = await bus.subscribe('a', handle, rethrow)
      await bus.publish('a', bytes('1'))
      await begun.opened
      const disposal = (what === 'bus' ? bus : subscription)[Symbol.asyncDispose]()
      if (what === 'subscription') await bus.publish('a', bytes('2'))
      expect(handled).toEqual([])
      gate.open()
      await disposal
      expect(handled).toEqual(['1'])
    },
  )
}

/** Messages to whoever listens. */
export const publishCases = (suite: Suite): void => {
  describe('publish: delivery', () => delivery(suite))
  describe('publish: handling', () => handling(suite))
}
