import { describe, expect, it } from 'vitest'
import { NetworkTarget, readNetworkTarget } from './network-target.ts'

describe('a network, address or name', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    [' 10.20.0.0/16 ', '10.20.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['FD12:0:0::/32', 'fd12::/32'],
    ['::/0', '::/0'],
    ['fd12:3456:0000::1', 'fd12:3456::1'],
    ['Rancher.Corp.Example', 'rancher.corp.example'],
    ['rancher.corp.example.', 'rancher.corp.example'],
    ['*.Corp.Example', '*.corp.example'],
    ['*.lan', '*.lan'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['rancher', 'rancher'],
    ['my_rancher.corp', 'my_rancher.corp'],
  ])('%j is kept as %j, also when it is read again', (text, target) => {
    expect(readNetworkTarget(text)).toEqual({ target })
    expect(NetworkTarget.parse(target)).toBe(target)
  })

  it.each([
    ['10.1.2.3/8', /10\.0\.0\.0\/8/],
    ['fd12:3456::1/32', /fd12:3456::\/32/],
    ['10.0.0.0/33', /10\.0\.0\.0\/8/],
    ['10.0.0.0/', /Not a network/],
    ['10.0.0.0/-1', /Not a network/],
    ['10.0.0.0/8/8', /Not a network/],
    ['010.0.0.0/8', /Not a network/],
    ['::1/129', /Not a network/],
    ['2130706433', /127\.0\.0\.1/],
    ['0x7f.1', /127\.0\.0\.1/],
    ['１２７.0.0.1', /127\.0\.0\.1/],
    ['10.0', /10\.0\.0\.0/],
    ['https://rancher.example', /A network like|Not a network/],
    ['rancher.example:8443', /A network like/],
    ['user@rancher.example', /A network like/],
    ['a.*.example', /A network like/],
    ['*', /A network like/],
    ['**.example', /A network like/],
    ['*example', /A network like/],
    ['*.', /A network like/],
    ['a..b', /A network like/],
    ['-a.example', /A network like/],
    ['a b', /A network like/],
    ['fe80::1%eth0', /A network like/],
    ['[::1]', /A network like/],
    ['', /A network like/],
  ])('%j is refused, with the way to write it', (text, problem) => {
    const outcome = readNetworkTarget(text)
    expect('problem' in outcome ? outcome.problem : 'accepted').toMatch(problem)
    expect(NetworkTarget.safeParse(text).success).toBe(false)
  })
})
