import { describe, expect, it, vi } from 'vitest'
import {
  type Bus,
  BusTimeoutError,
  BusUnavailableError,
  MAX_MESSAGE_BYTES,
  MessageTooLargeError,
  NoResponderError,
  RemoteError,
  type Reply,
  type RequestOptions,
} from '../bus.port.ts'
import { aborted, bytes, createGate, impatient, patient, reply, type Suite, textOf } from './suite.ts'

const empty = new Uint8Array()

/** Texts of a stream, and what it failed with. */
const readAll = async (
  bus: Bus,
  subject: string,
  options: RequestOptions = patient,
): Promise<{ texts: string[]; error?: unknown }> => {
  const texts: string[] = []
  try {
    for await (const chunk of bus.requestStream(subject, empty, options)) texts.push(textOf(chunk))
    return { texts }
  } catch (error) {
    return { texts, error }
  }
}

/** Answers without end; tells how far it is and when it has stopped. */
const endless = () => {
  const state = { made: 0, stopped: false }
  const handler = async function* (): AsyncGenerator<Reply> {
    try {
      for (;;) yield reply(String(state.made++))
    } finally {
      state.stopped = true
    }
  }
  return { state, handler }
}

const chunks = ({ open, traits }: Suite) => {
  it('carries all chunks in order, with their headers, until the responder ends', async () => {
    await using bus = await open()
    await bus.respondStream('a', 'q', async function* (message) {
      for (let n = 0; n < 500; n += 1)
        yield { data: bytes(`${textOf(message)} ${n}`), headers: { n: String(n), for: message.headers['who'] ?? '' } }
    })
    const got: string[] = []
    for await (const chunk of bus.requestStream('a', bytes('no.'), { ...patient, headers: { who: 'me' } })) {
      got.push(`${textOf(chunk)} ${chunk.headers['n']} ${chunk.headers['for']}`)
    }
    expect(got).toEqual(Array.from({ length: 500 }, (_, n) => `no. ${n} ${n} me`))
  })

  it('ends without chunks when there are none', async () => {
    await using bus = await open()
    await bus.respondStream('a', 'q', async function* () {})
    expect(await readAll(bus, 'a')).toEqual({ texts: [] })
  })

  it('copies bytes: neither side sees what the other does to them later', async () => {
    await using bus = await open()
    await bus.respondStream('a', 'q', async function* () {
      const data = bytes('one')
      yield { data }
      data.fill(0)
      yield reply('two')
    })
    const got = []
    for await (const chunk of bus.requestStream('a', empty, patient)) got.push(chunk)
    expect(got.map(textOf)).toEqual(['one', 'two'])
  })

  it('slows the responder down to the pace of its caller', async () => {
    await using bus = await open()
    const { state, handler } = endless()
    await bus.respondStream('a', 'q', handler)
    let read = 0
    for await (const chunk of bus.requestStream('a', empty, patient)) {
      expect(textOf(chunk)).toBe(String(read))
      read += 1
      // Time for a responder that does not wait to run ahead.
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
      expect(state.made - read).toBeLessThanOrEqual(traits.window)
      if (read === 50) break
    }
  })

  it('shares requests between the responders of a queue', async () => {
    await using bus = await open()
    for (const name of ['one', 'two']) {
      await bus.respondStream('a', 'q', async function* () {
        yield reply(name)
      })
    }
    const answers = await Promise.all(Array.from({ length: 40 }, async () => (await readAll(bus, 'a')).texts))
    expect(answers.every((texts) => texts.length === 1)).toBe(true)
    expect(new Set(answers.flat())).toEqual(new Set(['one', 'two']))
  })
}

const cancelling = ({ open }: Suite) => {
  it('cancels the responder when the caller leaves the loop', async () => {
    await using bus = await open()
    const { state, handler } = endless()
    await bus.respondStream('a', 'q', handler)
    for await (const chunk of bus.requestStream('a', empty, patient)) if (textOf(chunk) === '3') break
    await vi.waitFor(() => expect(state.stopped).toBe(true))
  })

  it('cancels a responder that waits, by its signal, when the caller aborts', async () => {
    await using bus = await open()
    const cancelled = createGate()
    await bus.respondStream('a', 'q', async function* (_, signal) {
      yield reply('first')
      await aborted(signal)
      cancelled.open()
    })
    const leave = new AbortController()
    const reason = new Error('enough')
    const failed = (async () => {
      for await (const _ of bus.requestStream('a', empty, { ...patient, signal: leave.signal })) leave.abort(reason)
    })()
    await expect(failed).rejects.toBe(reason)
    await cancelled.opened
  })

  it('does not ask at all when the signal has aborted before', async () => {
    await using bus = await open()
    const { state, handler } = endless()
    await bus.respondStream('a', 'q', handler)
    const { texts, error } = await readAll(bus, 'a', { ...patient, signal: AbortSignal.abort() })
    expect([texts, error]).toEqual([[], expect.objectContaining({ name: 'AbortError' })])
    expect(state.made).toBe(0)
  })

  it.each(['responder', 'bus'] as const)(
    'cancels endless streams when the %s is disposed, and waits for them',
    async (what) => {
      await using bus = await open()
      let ended = false
      const begun = createGate()
      const responder = await bus.respondStream('a', 'q', async function* (_, signal) {
        yield reply('first')
        begun.open()
        await aborted(signal)
        await new Promise(setImmediate)
        ended = true
      })
      const reading = readAll(bus, 'a')
      await begun.opened
      await (what === 'bus' ? bus : responder)[Symbol.asyncDispose]()
      expect(ended).toBe(true)
      expect(await reading).toEqual({ texts: ['first'], error: expect.any(BusUnavailableError) })
    },
  )
}

const failures = ({ open }: Suite) => {
  it('says at once that nobody answers', async () => {
    await using bus = await open()
    await bus.respond('a', 'q', async () => reply('not a stream'))
    expect(await readAll(bus, 'b', { timeoutMs: 2 ** 30 })).toEqual({ texts: [], error: expect.any(NoResponderError) })
  })

  it('gives up when the first chunk, or the next one, does not come in time, and cancels the responder', async () => {
    await using bus = await open()
    const cancelled: string[] = []
    for (const [subject, first] of [
      ['none', 0],
      ['some', 2],
    ] as const) {
      await bus.respondStream(subject, 'q', async function* (_, signal) {
        for (let n = 0; n < first; n += 1) yield reply(String(n))
        await aborted(signal)
        cancelled.push(subject)
      })
    }
    expect(await readAll(bus, 'none', impatient)).toEqual({ texts: [], error: expect.any(BusTimeoutError) })
    expect(await readAll(bus, 'some', impatient)).toEqual({ texts: ['0', '1'], error: expect.any(BusTimeoutError) })
    await vi.waitFor(() => expect(cancelled).toEqual(['none', 'some']))
  })

  it('fails after the chunks before when the handler throws, without any detail of why', async () => {
    await using bus = await open()
    await bus.respondStream('a', 'q', async function* () {
      yield reply('first')
      throw new Error('detail')
    })
    const { texts, error } = await readAll(bus, 'a')
    expect([texts, error]).toEqual([['first'], expect.any(RemoteError)])
    expect(`${(error as Error).message} ${(error as Error).cause}`).not.toContain('detail')
  })

  it('takes the limit, and refuses one byte more, in the question and in a chunk', async () => {
    await using bus = await open()
    await bus.respondStream('a', 'q', async function* () {
      yield { data: new Uint8Array(MAX_MESSAGE_BYTES) }
      yield { data: new Uint8Array(MAX_MESSAGE_BYTES + 1) }
    })
    const { texts, error } = await readAll(bus, 'a')
    expect([texts.length, error]).toEqual([1, expect.any(MessageTooLargeError)])
    const question = bus
      .requestStream('a', new Uint8Array(MAX_MESSAGE_BYTES + 1), patient)
      [Symbol.asyncIterator]()
      .next()
    await expect(question).rejects.toBeInstanceOf(MessageTooLargeError)
  })
}

/** One request, many answers. */
export const streamCases = (suite: Suite): void => {
  describe('requestStream: chunks', () => chunks(suite))
  describe('requestStream: cancelling', () => cancelling(suite))
  describe('requestStream: failures', () => failures(suite))
}
