import { randomUUID } from 'node:crypto'
import { getEventListeners } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { busContract } from './bus.contract.ts'
import { BusRefusedError, BusUnavailableError } from './bus.port.ts'
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

  it('gives up waiting while it closes', async () => {
    const bus = await open()
    const begun = createGate()
    await bus.respond('never', 'q', async () => {
      begun.open()
      return await new Promise(() => undefined)
    })
    const leave = new AbortController()
    const asked = bus.request('never', bytes(''), { timeoutMs: 60_000, signal: leave.signal })
    const refused = expect(asked).rejects.toBeInstanceOf(Error)
    await begun.opened
    await bus.connection.close()
    leave.abort()
    await refused
  })

  it('listens once for the end of a stream, however long it is', async () => {
    await using bus = await open()
    const listeners = new Set<number>()
    await bus.respondStream('long', 'q', async function* (_, signal) {
      for (let n = 0; n < 1_000; n += 1) {
        listeners.add(getEventListeners(signal, 'abort').length)
        yield reply('')
      }
    })
    let got = 0
    for await (const _ of bus.requestStream('long', bytes(''), patient)) got += 1
    expect([got, listeners.size]).toEqual([1_000, 1])
  })

  it('takes no answer under a subject that was not made for answers', async () => {
    const prefix = `test-${randomUUID().slice(0, 8)}.`
    await using bus = await open(prefix)
    await using other = await open(prefix)
    other.connection.subscribe(`${prefix}asked`, {
      callback: (_, message) => {
        const talk = message.reply?.replace(/^_INBOX/u, '_TALK') ?? ''
        other.connection.publish(talk, 'forged')
        message.respond('true')
      },
    })
    await other.connection.flush()
    expect(textOf(await bus.request('asked', bytes(''), patient))).toBe('true')
  })

  it('says in one sentence that nobody is there', async () => {
    const away = connectNats({ url: 'nats://user:secret@127.0.0.1:1' })
    await expect(away).rejects.toBeInstanceOf(BusUnavailableError)
    await expect(away).rejects.toThrow(/^NATS at 127\.0\.0\.1:1 cannot be reached: (?!.*secret)/)
  })
})

describe('an address of NATS', () => {
  it.each(['nats://auth:s3c/ret@127.0.0.1:1', 'http://auth:s3cret@127.0.0.1:1', 'nats://a:1,s3cret', ''])(
    'that cannot be read is refused at once, and not shown: %s',
    async (address) => {
      const connecting = connectNats({ url: address })
      await expect(connecting).rejects.toBeInstanceOf(BusRefusedError)
      await expect(connecting).rejects.toThrow(/^The address of NATS cannot be read(?!.*s3c)/)
    },
  )

  it('with credentials that cannot be used is refused at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nats-credentials-'))
    const credentialsFile = join(folder, 'user.creds')
    const connecting = async () => await connectNats({ url: 'nats://127.0.0.1:1', credentialsFile })
    await expect(connecting()).rejects.toThrow(/HUB_NATS_CREDENTIALS_FILE names .* cannot be used: ENOENT/)
    writeFileSync(credentialsFile, 'nothing of the kind')
    await expect(connecting()).rejects.toBeInstanceOf(BusRefusedError)
    rmSync(folder, { recursive: true })
  })
})
