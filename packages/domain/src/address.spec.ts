import { describe, expect, it } from 'vitest'
import { hostsOf, parseAddress } from './address.ts'

describe('addresses of servers', () => {
  it.each([
    ['nats://127.0.0.1:4222', 'nats', '127.0.0.1:4222'],
    ['mongodb://hub:s3cret@db.example.com/hub?authSource=admin', 'mongodb', 'db.example.com'],
    ['mongodb+srv://hub:s3cret%2F%40x@db.example.com', 'mongodb+srv', 'db.example.com'],
    ['esdb://admin:s3cret@a:2113,b:2113?tls=true', 'esdb', 'a:2113,b:2113'],
    ['nats://token@[::1]:4222', 'nats', '[::1]:4222'],
  ])('tell where the server is: %s', (address, scheme, hosts) => {
    expect(parseAddress(address)).toMatchObject({ scheme, hosts })
    expect(hostsOf(address)).toBe(hosts)
  })

  it('tell the user and the password, decoded, to whoever connects', () => {
    expect(parseAddress('nats://auth:s3c%2FretN@host')).toMatchObject({ user: 'auth', password: 's3c/retN' })
    expect(parseAddress('nats://token@host')).toMatchObject({ user: 'token', password: undefined })
    expect(parseAddress('nats://host')).toMatchObject({ user: undefined, password: undefined })
  })

  it.each([
    'nats://auth:s3c/retN@127.0.0.1:1',
    'mongodb://hub:s3cr@etM@127.0.0.1:1/',
    'nats://auth:s3c?ret@host',
    'nats://auth:s3c#ret@host',
    'nats://auth:s3c ret@host',
    'nats://auth:s3cret%zz@host',
    'nats://auth:s3cret%ff@host',
    'auth:s3cret@host:4222',
    'mongodb://host/?proxyPassword=s3cr@et',
    's3cret',
    'nats://',
    'nats://host:s3cret',
    'nats://host:65536',
    '',
  ])('that are ambiguous or none at all show nothing of themselves: %s', (address) => {
    expect(parseAddress(address)).toBeUndefined()
    expect(hostsOf(address)).toBe('an address that cannot be read')
  })

  it('take no longer for a long one', () => {
    expect(parseAddress(`nats://${'a.'.repeat(100_000)}!`)).toBeUndefined()
    expect(parseAddress(`nats://${'a,'.repeat(100_000)}`)).toBeUndefined()
  })
})
