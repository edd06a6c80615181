import { z } from 'zod'

const IPv4 = z.ipv4()
const IPv6 = z.ipv6()
const label = /^[a-z0-9_]([-a-z0-9_]*[a-z0-9_])?$/

/** IPv6 as RFC 5952 writes it. */
const canonicalIPv6 = (address: string): string => new URL(`http://[${address}]/`).hostname.slice(1, -1)

const bitsOfIPv4 = (address: string): string =>
  address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
const bitsOfIPv6 = (address: string): string => {
  const [head = '', tail] = canonicalIPv6(address).split('::')
  const groups = (part: string | undefined) => (part === undefined || part === '' ? [] : part.split(':'))
  const [left, right] = [groups(head), groups(tail)]
  return [...left, ...new Array<string>(8 - left.length - right.length).fill('0'), ...right]
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
}
const addressOfBits = (bits: string): string => {
  const size = bits.length === 32 ? 8 : 16
  const parts = (bits.match(new RegExp(`.{${size}}`, 'g')) ?? []).map((part) => Number.parseInt(part, 2))
  return size === 8 ? parts.join('.') : canonicalIPv6(parts.map((part) => part.toString(16)).join(':'))
}

type Outcome = { readonly target: string } | { readonly problem: string }

const readNetwork = (text: string): Outcome => {
  const [address = '', prefix = '', ...rest] = text.split('/')
  const isV4 = IPv4.safeParse(address).success
  const isNetwork = rest.length === 0 && (isV4 || IPv6.safeParse(address).success)
  const length = Number(prefix)
  if (!isNetwork || !/^\d{1,3}$/.test(prefix) || length > (isV4 ? 32 : 128))
    return { problem: 'Not a network: write it like 10.0.0.0/8 or fd12:3456::/32' }
  const bits = isV4 ? bitsOfIPv4(address) : bitsOfIPv6(address)
  const network = addressOfBits(bits.slice(0, length).padEnd(bits.length, '0'))
  if (network !== addressOfBits(bits))
    return { problem: `Not a network: the network of this address is ${network}/${length}` }
  return { target: `${network}/${length}` }
}

const readName = (text: string): Outcome => {
  const problem = 'A network like 10.0.0.0/8, an address, or a name like rancher.corp.example or *.corp.example'
  const isPattern = text.startsWith('*.')
  const name = isPattern ? text.slice(2) : text
  if (/[\s:/@?#\\%*[\]]/.test(name) || !URL.canParse(`http://${name}/`)) return { problem }
  const plain = new URL(`http://${name}/`).hostname.replace(/\.$/, '')
  if (/^[\d.]+$/.test(plain)) return { problem: `Write the address in its usual form: ${plain}` }
  if (!plain.split('.').every((part) => part.length <= 63 && label.test(part))) return { problem }
  return { target: isPattern ? `*.${plain}` : plain }
}

/** Reads a network, an address or the pattern of a name as people write it, into the one way in which it is kept. */
export const readNetworkTarget = (text: string): Outcome => {
  const plain = text.trim()
  if (plain.includes('/')) return readNetwork(plain)
  if (IPv4.safeParse(plain).success) return { target: plain }
  if (IPv6.safeParse(plain).success) return { target: canonicalIPv6(plain) }
  return readName(plain)
}

/** A network, an address, or a name (`*.` stands for every name below, however deep). */
export const NetworkTarget = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .transform((text, ctx) => {
    const outcome = readNetworkTarget(text)
    if ('target' in outcome) return outcome.target
    ctx.issues.push({ code: 'custom', message: outcome.problem, input: text })
    return z.NEVER
  })
