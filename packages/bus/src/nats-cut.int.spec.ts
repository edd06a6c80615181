import { randomUUID } from 'node:crypto'
import { startTcpProxy } from '@rancher-hub/tcp-proxy'
import { describe, expect, it } from 'vitest'
import { BusUnavailableError, MAX_MESSAGE_BYTES } from './bus.port.ts'
import { bytes, createGate, patient, reply, rethrow, textOf } from './contract/suite.ts'
import { type NatsBus, type NatsBusOptions, openNatsBus, STREAM_WINDOW } from './nats.ts'

const url = process.env['NATS_URL']

/** A bus over a line, and one that goes to the server directly. */
const openBoth = async (options: Partial<NatsBusOptions> = {}) => {
  const prefix = `test-${randomUUID().slice(0, 8)}.`
  const line = await startTcpProxy([Number(new URL(url ?? '').port)])
  const direct = await openNatsBus({ url: url ?? '', prefix })
  const bus = await openNatsBus({ ...options, url: `nats://127.0.0.1:${line.port}`, prefix })
  return {
    line,
    bus,
    direct,
    [Symbol.asyncDispose]: async () => {
      await bus[Symbol.asyncDispose]()
      await direct[Symbol.asyncDispose]()
      await line[Symbol.asyncDispose]()
    },
  }
}

/** Waits until it has been away. */
const isBack = async (bus: NatsBus): Promise<void> => {
  await expect.poll(() => bus.problem(), { interval: 5 }).toBeDefined()
  await expect.poll(() => bus.problem(), { timeout: 5_000 }).toBeUndefined()
}

describe.skipIf(url === undefined)('a stream whose responder is cut off', () => {
  it('is refused, not shortened', async () => {
    await using both = await openBoth()
    const gate = createGate()
    await both.bus.respondStream('list', 'q', async function* () {
      yield reply('0')
      await gate.opened
      yield reply('1')
      await isBack(both.bus)
      yield reply('2')
    })
    const got: string[] = []
    const reading = (async () => {
      for await (const chunk of both.direct.requestStream('list', bytes(''), patient)) {
        got.push(textOf(chunk))
        both.line.cut()
        gate.open()
      }
    })()
    await expect(reading).rejects.toBeInstanceOf(BusUnavailableError)
    expect(got).toEqual(['0'])
  })

  it('ends, although what its caller allowed meanwhile was not heard', async () => {
    await using both = await openBoth()
    await both.bus.respondStream('list', 'q', async function* () {
      for (let n = 0; ; n += 1) yield reply(String(n))
    })
    const gate = createGate()
    let got = 0
    const reading = (async () => {
      for await (const _ of both.direct.requestStream('list', bytes(''), patient)) {
        got += 1
        // What it may send in advance has been sent: from here on, it needs to be allowed more.
        if (got === 1) await gate.opened
      }
    })()
    const refused = expect(reading).rejects.toBeInstanceOf(BusUnavailableError)
    await expect.poll(() => got).toBe(1)
    both.line.cut()
    gate.open()
    await refused
    expect(got).toBeLessThanOrEqual(STREAM_WINDOW)
  })
})

describe.skipIf(url === undefined)('a connection that carries nothing any more', () => {
  it('is left, however much there was to say', async () => {
    await using both = await openBoth({ pingMs: 100 })
    both.line.freeze()
    for (let count = 0; count < 20; count += 1) await both.bus.publish('a', new Uint8Array(MAX_MESSAGE_BYTES))
    await isBack(both.bus)
    await both.bus.connection.flush()
  })

  it('does not keep the bus from closing, which says that something may be lost', async () => {
    const problems: string[] = []
    await using both = await openBoth({ pingMs: 100, onProblem: (problem) => problems.push(problem) })
    both.line.freeze()
    await both.bus[Symbol.asyncDispose]()
    expect(both.bus.connection.isClosed()).toBe(true)
    expect(problems.join()).toContain('was lost while the bus closed')
  })
})

describe.skipIf(url === undefined)('a subscription during which the connection is cut', () => {
  it('is refused, and hears nothing', async () => {
    await using both = await openBoth()
    const heard: string[] = []
    both.line.cut()
    const subscribing = both.bus.subscribe('a', (message) => void heard.push(textOf(message)), rethrow)
    await expect(subscribing).rejects.toBeInstanceOf(BusUnavailableError)
    await expect.poll(() => both.bus.problem()).toBeUndefined()
    const done = createGate()
    await both.bus.subscribe('b', () => done.open(), rethrow)
    await both.direct.publish('a', bytes('ghost'))
    await both.direct.publish('b', bytes(''))
    await done.opened
    expect(heard).toEqual([])
  })
})
