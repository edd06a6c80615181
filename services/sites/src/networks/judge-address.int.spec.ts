import { checkAddress } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import type { Resolve } from '../egress/network-policy.ts'
import { startSites } from '../sites.fixtures.ts'

const inDns: Record<string, string[]> = {
  'rancher.corp.example': ['127.0.0.1'],
  'other.example': ['10.1.2.3', '169.254.169.254'],
}
const resolve: Resolve = (host, _options, callback) => {
  const found = inDns[host]
  if (found === undefined) callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), [])
  else
    callback(
      null,
      found.map((address) => ({ address, family: 4 })),
    )
}

describe('trying an address', () => {
  it('says whether it may be called, and by which rule', async () => {
    await using sites = await startSites({ resolve })
    const check = async (address: string, rules?: Parameters<typeof sites.call<typeof checkAddress>>[1]['rules']) =>
      await sites.call(checkAddress, { address, rules })
    expect(await check('10.1.2.3')).toMatchObject({
      allowed: true,
      addresses: [{ rule: 'private' }],
      message: '10.1.2.3 may be called: it is a private address, which may be called unless only listed places may.',
    })
    expect(await check('https://8.8.8.8:8443/x')).toMatchObject({
      allowed: true,
      host: '8.8.8.8',
      addresses: [{ rule: 'public' }],
    })
    expect(await check('http://2852039166')).toMatchObject({
      allowed: false,
      host: '169.254.169.254',
      message: '169.254.169.254 is refused: it is a metadata service of a cloud provider.',
    })
    expect(await check('fd00:ec2::254')).toMatchObject({ allowed: false, addresses: [{ rule: 'metadata' }] })
    expect(await check('[::1]:6443')).toMatchObject({ allowed: true, addresses: [{ rule: 'loopback' }] })
    expect(
      await check('rancher.corp.example', { mode: 'listed', allowed: [{ target: '*.corp.example' }] }),
    ).toMatchObject({ allowed: true, addresses: [{ address: '127.0.0.1', rule: 'listed', target: '*.corp.example' }] })
    expect(await check('other.example')).toMatchObject({
      allowed: true,
      addresses: [{ allowed: true }, { allowed: false, rule: 'metadata' }],
      message: expect.stringContaining('Only those of its addresses'),
    })
    expect(await check('other.example', { mode: 'listed', allowed: [] })).toMatchObject({
      allowed: false,
      message: expect.stringContaining('it stands for 10.1.2.3, which is in no network'),
    })
    expect(await check('unknown.example')).toMatchObject({
      allowed: false,
      addresses: [],
      message: expect.stringContaining('not known to DNS'),
    })
    for (const nothing of ['ftp://10.0.0.1', 'http://user@10.0.0.1', 'http://', 'fe80::1%eth0', 'a b'])
      expect(await check(nothing)).toMatchObject({ allowed: false, addresses: [] })
  })
})
