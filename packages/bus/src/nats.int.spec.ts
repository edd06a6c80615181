import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { busContract } from './bus.contract.ts'
import { BusUnavailableError } from './bus.port.ts'
import { bytes, createGate, patient, reply, textOf } from './contract/suite.ts'
import { connectNats, openNatsBus, STREAM_WINDOW } from './nats.ts'

const url = process.env['NATS_URL']
const missing = url === undefined
const open = async (prefix = `test-${randomUUID().slice(0, 8)}.`) => await openNatsBus({ url: url ?? '', prefix })

busContract('nats', async () => await open(), { window: STREAM_WINDOW, listeners: 'waited for', missing })

describe.skipIf(missing)('nats bus', () => {
  it('carries requests, streams and messages between two connections', async () => {
    const prefix = `test-${randomUUID().slice(0, 8)}.`
    await using here = await open(prefix)
    await using there = await open(prefix)
    await there.respond('a', 'q', async (message) => reply(`to ${textOf(message)}`))
    await there.respondStream('s', 'q', async function* () {
      for (let n = 0; n < 100; n += 1) yield reply(String(n))
    })
    expect(textOf(await here.request('a', bytes('me'), patient))).toBe('to me')
    const got: string[] = []
    for await (const chunk of here.requestStream('s', bytes(''), patient)) got.push(textOf(chunk))
    expect(got).toHaveLength(100)
  })

  it('waits for who works long, and no longer than ten seconds for who is gone', async () => {
    const prefix = `test-${randomUUID().slice(0, 8)}.`
    await using caller = await open(prefix)
    await using slow = await open(prefix)
    const dead = await open(prefix)
    const gate = createGate()
    const begun = createGate()
    await slow.respond('slow', 'q', async () => {
      await gate.opened
      return reply('done')
    })
    await dead.respond('dead', 'q', async () => {
      begun.open()
      return await new Promise(() => undefined)
    })
    const slowly = caller.request('slow', bytes(''), { timeoutMs: 60_000 })
    const never = caller.request('dead', bytes(''), { timeoutMs: 60_000 })
    await begun.opened
    await dead.connection.close()
    await expect(never).rejects.toBeInstanceOf(BusUnavailableError)
    gate.open()
    expect(textOf(await slowly)).toBe('done')
  })

  it('tells callers at once that a connection is lost', async () => {
    await using bus = await open()
    const gate = createGate()
    await bus.respond('slow', 'q', async () => {
      await gate.opened
      return reply('')
    })
    const lost = expect(bus.request('slow', bytes(''), { timeoutMs: 60_000 })).rejects.toBeInstanceOf(
      BusUnavailableError,
    )
    await bus.connection.flush()
    await bus.connection.reconnect()
    await lost
    gate.open()
    await expect.poll(() => bus.problem()).toBeUndefined()
    expect((await bus.request('slow', bytes(''), patient)).data).toHaveLength(0)
  })

  it('says in one sentence that nobody is there', async () => {
    const away = connectNats({ url: 'nats://user:secret@127.0.0.1:1' })
    await expect(away).rejects.toBeInstanceOf(BusUnavailableError)
    await expect(away).rejects.toThrow(/^NATS at nats:\/\/127\.0\.0\.1:1 cannot be reached: (?!.*secret)/)
  })
})
