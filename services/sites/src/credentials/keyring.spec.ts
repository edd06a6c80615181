import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { describe, expect, it } from 'vitest'
import { createKeyring } from './keyring.ts'
import { SealBrokenError, seal, unseal } from './seal.ts'

const now = () => new Date('2026-11-24T10:00:00Z')
const master = new Uint8Array(32).fill(7)
const binding = { siteId: 'site-1', origin: 'https://rancher.example.com' }
const secret = JSON.stringify({ token: 'token-abcde:canary-in-credentials' })

const ground = (masterKey = master, store = openMemoryEventStore()) => ({
  store,
  keyring: createKeyring({ masterKey, store, now }),
})

describe('keyring', () => {
  it('opens what it sealed, also after a restart', async () => {
    const { store, keyring } = ground()
    const sealed = (await keyring.of('org')).sealCredentials(binding, secret)
    const again = await ground(master, store).keyring.of('org')
    expect(again.openCredentials(binding, sealed)).toBe(secret)
  })

  it('does not open credentials for another site, origin or organization', async () => {
    const { keyring } = ground()
    const keys = await keyring.of('org')
    const sealed = keys.sealCredentials(binding, secret)
    expect(() => keys.openCredentials({ ...binding, origin: 'https://evil.example.com' }, sealed)).toThrow(
      SealBrokenError,
    )
    expect(() => keys.openCredentials({ ...binding, siteId: 'site-2' }, sealed)).toThrow(SealBrokenError)
    const other = await keyring.of('other')
    expect(() => other.openCredentials(binding, sealed)).toThrow(SealBrokenError)
  })

  it('does not open anything with another master key, and says why', async () => {
    const { store, keyring } = ground()
    await keyring.of('org')
    const other = ground(new Uint8Array(32).fill(8), store).keyring
    await expect(other.of('org')).rejects.toThrow(/master key/)
  })

  it('makes one data key when many ask at once, and keeps it wrapped', async () => {
    const { store, keyring } = ground()
    const rival = ground(master, store).keyring
    const [one, two] = await Promise.all([keyring.of('org'), rival.of('org')])
    expect(two.openCredentials(binding, one.sealCredentials(binding, secret))).toBe(secret)
    const events = await Array.fromAsync(store.readAll())
    expect(events.map(({ type }) => type)).toEqual(['DataKeyCreated'])
  })

  it('makes digests that are equal for equal content and differ by purpose and organization', async () => {
    const { keyring } = ground()
    const [keys, other] = [await keyring.of('org'), await keyring.of('other')]
    expect(keys.digest('secret-value', 'a')).toBe(keys.digest('secret-value', 'a'))
    const all = [
      keys.digest('secret-value', 'a'),
      keys.digest('secret-value', 'b'),
      keys.digest('blob', 'a'),
      keys.digest('patch', 'a'),
      other.digest('secret-value', 'a'),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('seals the same blob the same way, and different ones differently', async () => {
    const keys = await ground().keyring.of('org')
    const sealed = keys.sealBlob('name', Buffer.from('content'))
    expect(keys.sealBlob('name', Buffer.from('content'))).toEqual(sealed)
    expect(keys.sealBlob('name', Buffer.from('contenT')).iv).not.toBe(sealed.iv)
    expect(keys.openBlob('name', sealed).toString()).toBe('content')
    expect(() => keys.openBlob('other', sealed)).toThrow(SealBrokenError)
  })
})

describe('seal', () => {
  it('is broken by any changed byte', () => {
    const sealed = seal(master, Buffer.from('content'), 'binding')
    const flip = (text: string) =>
      Buffer.from(Buffer.from(text, 'base64').map((byte, index) => (index === 0 ? byte ^ 1 : byte))).toString('base64')
    expect(() => unseal(master, { ...sealed, data: flip(sealed.data) }, 'binding')).toThrow(SealBrokenError)
    expect(() => unseal(master, { ...sealed, tag: flip(sealed.tag) }, 'binding')).toThrow(SealBrokenError)
    expect(() => unseal(master, { ...sealed, iv: flip(sealed.iv) }, 'binding')).toThrow(SealBrokenError)
    expect(() => unseal(master, { ...sealed, tag: sealed.tag.slice(0, 8) }, 'binding')).toThrow(SealBrokenError)
  })
})
