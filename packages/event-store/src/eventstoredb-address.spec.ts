import { describe, expect, it, vi } from 'vitest'
import { EventStoreRefusedError } from './event-store.port.ts'
import { openEventStoreDb } from './eventstoredb.ts'
import { openAddress } from './eventstoredb-address.ts'

const refusalOf = (url: string): unknown => {
  try {
    return openAddress(url)
  } catch (error) {
    return error
  }
}

describe('connection strings of EventStoreDB', () => {
  it.each([
    ['esdb://127.0.0.1:2113?tls=false', '127.0.0.1:2113', undefined, false],
    ['esdb://admin:s3%2Fcr%40et@db:2113/?tls=true', 'db:2113', { username: 'admin', password: 's3/cr@et' }, false],
    ['esdb://admin:a:b@db', 'db', { username: 'admin', password: 'a:b' }, false],
    ['esdb://a:1,b:2?tls=false', 'a:1,b:2', undefined, true],
    ['esdb+discover://admin:s3cret@db?tls=false', 'db', { username: 'admin', password: 's3cret' }, true],
  ])('are read: %s', (url, where, credentials, isCluster) => {
    expect(openAddress(url)).toMatchObject({ where, credentials, isCluster })
  })

  it.each([
    ['esdb://admin:s3cret@db:2113?tls=maybe', /^HUB_EVENTSTOREDB_URL cannot be used: .*expected true or false\.$/],
    ['kurrentdb://admin:s3cret@db:2113', /it begins with kurrentdb:\/\/, but must begin with esdb:\/\/ or/],
    ['esdb://admin:s3/cret@db:2113', /%2F/],
    ['esdb://admin:s3@cret@db:2113', /%40/],
    ['esdb://admin:1?x=s3cret@db:2113', /%3F/],
    ['esdb://admin:s3cret%zz@db:2113', /is expected/],
    ['s3cret', /is expected/],
    ['esdb://[::1]:2113?tls=false', /cannot be used/],
    ['esdb://db:2113?tls=false&userCertFile=/nowhere', /userKeyFile/],
  ])('are refused in one sentence that shows no password: %s', (url, sentence) => {
    const refusal = refusalOf(url)
    expect(refusal).toBeInstanceOf(EventStoreRefusedError)
    expect(refusal).toMatchObject({ message: expect.stringMatching(sentence) })
    // The client's own error holds the whole string.
    expect((refusal as Error).cause).toBeUndefined()
    expect((refusal as Error).message).not.toMatch(/s3|cret|\n/u)
  })

  it('show no password in warnings of the client either', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    openAddress('esdb://admin:s3cret@db:2113?tls=false&unknown=1')
    expect(warn).toHaveBeenCalledOnce()
    expect(warn.mock.calls.flat().join()).not.toContain('s3cret')
    warn.mockRestore()
  })

  it('refuse every call of the store, not its making', async () => {
    await using store = openEventStoreDb({ url: 'esdb://admin:s3cret@db:2113?tls=maybe' })
    await expect(store.check()).rejects.toBeInstanceOf(EventStoreRefusedError)
    await expect(store.head()).rejects.toBeInstanceOf(EventStoreRefusedError)
    expect(store.problem()).toBeUndefined()
  })
})
