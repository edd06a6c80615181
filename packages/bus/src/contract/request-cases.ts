import { describe, expect, it, vi } from 'vitest'
import {
  BusTimeoutError,
  BusUnavailableError,
  MAX_MESSAGE_BYTES,
  MessageTooLargeError,
  NoResponderError,
  RemoteError,
} from '../bus.port.ts'
import { aborted, bytes, createGate, impatient, patient, reply, type Suite, textOf } from './suite.ts'

const empty = new Uint8Array()

const answers = ({ open }: Suite) => {
  it('carries bytes and headers there and back', async () => {
    await using bus = await open()
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    await bus.respond('a.b', 'q', async (message) => ({
      data: message.data.toReversed(),
      headers: { subject: message.subject, seen: message.headers['from'] ?? '', status: 'ok' },
    }))
    const answer = await bus.request('a.b', all, { ...patient, headers: { from: 'me: "x"; y=1' } })
    expect([...answer.data]).toEqual([...all.toReversed()])
    expect(answer.headers).toEqual({ subject: 'a.b', seen: 'me: "x"; y=1', status: 'ok' })
  })

  it('carries nothing, too', async () => {
    await using bus = await open()
    await bus.respond('a', 'q', async ({ data, headers }) => reply(`${data.byteLength} ${Object.keys(headers).length}`))
    expect(textOf(await bus.request('a', empty, patient))).toBe('0 0')
  })

  it('copies bytes: neither side sees what the other does to them later', async () => {
    await using bus = await open()
    const kept: Uint8Array[] = []
    const answer = bytes('answer')
    await bus.respond('a', 'q', async ({ data }) => {
      kept.push(data)
      return { data: answer }
    })
    const question = bytes('question')
    const got = await bus.request('a', question, patient)
    question.fill(0)
    answer.fill(0)
    expect([kept.map((data) => textOf({ data })), textOf(got)]).toEqual([['question'], 'answer'])
    kept[0]?.fill(1)
    expect(textOf(got)).toBe('answer')
  })

  it('matches answers to requests, whatever the order in which they come', async () => {
    await using bus = await open()
    const gate = createGate()
    let waiting = 0
    await bus.respond('a', 'q', async (message) => {
      waiting += 1
      if (textOf(message) === 'slow') await gate.opened
      return reply(`to ${textOf(message)}`)
    })
    const slow = bus.request('a', bytes('slow'), patient)
    await vi.waitFor(() => expect(waiting).toBe(1))
    expect(textOf(await bus.request('a', bytes('fast'), patient))).toBe('to fast')
    gate.open()
    expect(textOf(await slow)).toBe('to slow')
  })

  it('takes the limit, and refuses one byte more, in the question and in the answer', async () => {
    await using bus = await open()
    await bus.respond('echo', 'q', async ({ data }) => ({ data }))
    await bus.respond('big', 'q', async () => ({ data: new Uint8Array(MAX_MESSAGE_BYTES + 1) }))
    const answer = await bus.request('echo', new Uint8Array(MAX_MESSAGE_BYTES), patient)
    expect(answer.data.byteLength).toBe(MAX_MESSAGE_BYTES)
    await expect(bus.request('echo', new Uint8Array(MAX_MESSAGE_BYTES + 1), patient)).rejects.toBeInstanceOf(
      MessageTooLargeError,
    )
    await expect(bus.request('big', empty, patient)).rejects.toBeInstanceOf(MessageTooLargeError)
  })
}

const sharing = ({ open }: Suite) => {
  it('asks one responder of a queue for each request, and all of them in the long run', async () => {
    await using bus = await open()
    const seen: string[] = []
    for (const name of ['one', 'two', 'three']) {
      await bus.respond('a', 'q', async () => {
        seen.push(name)
        return reply(name)
      })
    }
    const answers = await Promise.all(
      Array.from({ length: 60 }, async () => textOf(await bus.request('a', empty, patient))),
    )
    expect(seen.toSorted()).toEqual(answers.toSorted())
    expect(new Set(answers)).toEqual(new Set(['one', 'two', 'three']))
  })

  it('leaves out a responder that is gone, and says at once when the last one is', async () => {
    await using bus = await open()
    const first = await bus.respond('a', 'q', async () => reply('one'))
    const second = await bus.respond('a', 'q', async () => reply('two'))
    await first[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
    for (let index = 0; index < 4; index += 1) expect(textOf(await bus.request('a', empty, patient))).toBe('two')
    await second[Symbol.asyncDispose]()
    await expect(bus.request('a', empty, patient)).rejects.toBeInstanceOf(NoResponderError)
    await bus.respond('a', 'q', async () => reply('three'))
    expect(textOf(await bus.request('a', empty, patient))).toBe('three')
  })
}

const failures = ({ open, traits }: Suite) => {
  it('says at once that nobody answers', async () => {
    await using bus = await open()
    await bus.respond('a.c', 'q', async () => reply('other'))
    await expect(bus.request('a.b', empty, { timeoutMs: 2 ** 30 })).rejects.toBeInstanceOf(NoResponderError)
  })

  it(`says that nobody answers when somebody only listens: listeners are ${traits.listeners}`, async () => {
    await using bus = await open()
    await bus.subscribe(
      'a.>',
      () => undefined,
      () => undefined,
    )
    const asked = bus.request('a.b', empty, traits.listeners === 'ignored' ? { timeoutMs: 2 ** 30 } : impatient)
    await expect(asked).rejects.toBeInstanceOf(traits.listeners === 'ignored' ? NoResponderError : BusTimeoutError)
  })

  it('fails when the handler throws, without any detail of why', async () => {
    await using bus = await open()
    await bus.respond('a', 'q', async () => {
      throw new Error('detail')
    })
    await bus.respond('b', 'q', () => {
      throw new Error('detail')
    })
    for (const subject of ['a', 'b']) {
      const error = await bus.request(subject, empty, patient).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(RemoteError)
      expect(`${(error as Error).message} ${(error as Error).cause}`).not.toContain('detail')
    }
  })

  it('gives up after the timeout and cancels the responder', async () => {
    await using bus = await open()
    const cancelled = Promise.withResolvers<unknown>()
    await bus.respond('a', 'q', async (_, signal) => {
      cancelled.resolve(await aborted(signal))
      return reply('late')
    })
    await expect(bus.request('a', empty, impatient)).rejects.toBeInstanceOf(BusTimeoutError)
    await cancelled.promise
  })

  it('gives up when the caller aborts, with its reason, and cancels the responder', async () => {
    await using bus = await open()
    const begun = createGate()
    const cancelled = Promise.withResolvers<unknown>()
    await bus.respond('a', 'q', async (_, signal) => {
      begun.open()
      cancelled.resolve(await aborted(signal))
      throw new Error('cancelled')
    })
    const leave = new AbortController()
    const request = bus.request('a', empty, { ...patient, signal: leave.signal })
    await begun.opened
    const reason = new Error('enough')
    leave.abort(reason)
    await expect(request).rejects.toBe(reason)
    await cancelled.promise
  })

  it('does not ask at all when the signal has aborted before', async () => {
    await using bus = await open()
    let asked = 0
    await bus.respond('a', 'q', async () => {
      asked += 1
      return reply(String(asked))
    })
    await expect(bus.request('a', empty, { ...patient, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(textOf(await bus.request('a', empty, patient))).toBe('1')
  })

  it.each(['', 'a..b', '.a', 'a.', 'a b', 'a.*', 'a.>', 'a\nb'])('refuses «%s» as a subject', async (subject) => {
    await using bus = await open()
    await expect(bus.request(subject, empty, patient)).rejects.toBeInstanceOf(TypeError)
    await expect(bus.publish(subject, empty)).rejects.toBeInstanceOf(TypeError)
    await expect(bus.respond(subject, 'q', async () => reply(''))).rejects.toBeInstanceOf(TypeError)
  })
}

const closing = ({ open }: Suite) => {
  it.each(['responder', 'bus'] as const)('waits for requests being answered when the %s is disposed', async (what) => {
    await using bus = await open()
    const begun = createGate()
    const gate = createGate()
    const responder = await bus.respond('a', 'q', async () => {
      begun.open()
      await gate.opened
      return reply('done')
    })
    const request = bus.request('a', empty, patient)
    await begun.opened
    let disposed = false
    const disposal = (what === 'bus' ? bus : responder)[Symbol.asyncDispose]().then(() => {
      disposed = true
    })
    const next = bus.request('a', empty, patient)
    await expect(next).rejects.toBeInstanceOf(what === 'bus' ? BusUnavailableError : NoResponderError)
    expect(disposed).toBe(false)
    gate.open()
    expect(textOf(await request)).toBe('done')
    await disposal
  })

  it('refuses everything once it is closed, and closes twice without harm', async () => {
    const bus = await open()
    await bus[Symbol.asyncDispose]()
    await bus[Symbol.asyncDispose]()
    const work = [
      bus.request('a', empty, patient),
      bus.respond('a', 'q', async () => reply('')),
      bus.respondStream('a', 'q', async function* () {}),
      bus.publish('a', empty),
      bus.subscribe(
        'a',
        () => undefined,
        () => undefined,
      ),
      bus.requestStream('a', empty, patient)[Symbol.asyncIterator]().next(),
    ]
    for (const result of await Promise.allSettled(work))
      expect(result).toMatchObject({ reason: expect.any(BusUnavailableError) })
  })
}

/** One request, one answer. */
export const requestCases = (suite: Suite): void => {
  describe('request: answers', () => answers(suite))
  describe('request: queues', () => sharing(suite))
  describe('request: failures', () => failures(suite))
  describe('closing', () => closing(suite))
}
