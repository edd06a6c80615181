import { describe, expect, it } from 'vitest'
import { AddressRefusedError, assertAddressAllowed } from './guarded-lookup.ts'
import { createNetworkPolicy } from './network-policy.ts'

const policy = createNetworkPolicy({ allowLoopback: false })
const judge = (url: string): string | undefined => {
  try {
    assertAddressAllowed(new URL(url), policy)
    return undefined
  } catch (error) {
    if (error instanceof AddressRefusedError) return error.reason
    throw error
  }
}

/** Ways in which the addresses of this machine and of metadata services are written to get past a check. */
const refused = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.255.255.254/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://127.0.0.1./',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://0.0.0.0/',
  'http://0/',
  'http://[::]/',
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fd00:0ec2:0:0:0:0:0:254]/',
  'http://[fd20:ce::254]/',
  'http://100.100.100.200/',
  'http://192.0.0.192/',
  'http://169.254.1.1/',
  'http://169.254.170.2/',
  'http://[fe80::1]/',
  'http://224.0.0.1/',
  'http://[ff02::1]/',
  'http://255.255.255.255/',
  'http://240.0.0.1/',
  'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
  'http://user:password@rancher.example.com/',
  'http://token@10.0.0.1/',
  'ftp://10.0.0.1/',
  'file:///etc/passwd',
]

const allowed = [
  'https://10.0.0.1/',
  'https://10.43.0.1:443/',
  'https://172.16.0.1/',
  'https://192.168.1.10:6443/',
  'https://100.64.0.1/',
  'https://[fd12:3456::1]/',
  'https://8.8.8.8/',
  'https://[2a00:1450::1]/',
  'https://rancher.example.com/',
  'https://[::ffff:10.0.0.1]/',
]

describe('network policy', () => {
  it.each(refused)('refuses %s', (url) => {
    expect(judge(url)).toBeTypeOf('string')
  })
  it.each(allowed)('allows %s', (url) => {
    expect(judge(url)).toBeUndefined()
  })
  it('allows loopback only where it is told to, and metadata not even there', () => {
    const open = createNetworkPolicy({ allowLoopback: true })
    expect(open.refusalOf('127.0.0.1')).toBeUndefined()
    expect(open.refusalOf('::1')).toBeUndefined()
    expect(open.refusalOf('::ffff:127.0.0.1')).toBeUndefined()
    expect(open.refusalOf('169.254.169.254')).toBeTypeOf('string')
  })
  it('does not take a zone or a name for an address', () => {
    expect(policy.refusalOf('fe80::1%eth0')).toBeTypeOf('string')
    expect(policy.refusalOf('localhost')).toBe('not an address')
  })
})
