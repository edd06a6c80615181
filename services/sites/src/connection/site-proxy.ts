import { SiteError } from '../egress/site-error.ts'
import type { SiteProxy } from './site-secret.ts'

const refuse = (message: string): never => {
  throw new SiteError({ code: 'proxy-refused', message })
}

/**
 * Reads `http(s)://[user:password@]host:port`; empty: no proxy. User and password are taken out of the address.
 * `what` begins the sentence of a refusal. @throws SiteError proxy-refused
 */
export const parseProxy = (text: string | undefined, what: string): SiteProxy | undefined => {
  const given = text?.trim() ?? ''
  if (given === '') return undefined
  const form = 'Write it like http://proxy.example.com:3128 or https://user:password@proxy.example.com:3128.'
  if (!URL.canParse(given)) return refuse(`${what} is not the address of a proxy. ${form}`)
  const url = new URL(given)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refuse(`${what} names a proxy of another kind (${url.protocol}//): the hub uses http and https. ${form}`)
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    return refuse(`${what} goes on after the port, which the address of a proxy does not. ${form}`)
  const user = decode(url.username, what)
  const password = decode(url.password, what)
  const isSigned = user !== '' || password !== ''
  return {
    url: url.origin,
    ...(isSigned ? { authorization: `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}` } : {}),
  }
}

const decode = (part: string, what: string): string => {
  try {
    return decodeURIComponent(part)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return refuse(`${what} has a % in its user name or password that is not an escape: write % as %25.`)
  }
}
