import { isIP } from 'node:net'
import { Agent, type buildConnector, type Dispatcher, Pool, ProxyAgent } from 'undici'
import { AddressRefusedError, assertAddressAllowed, assertAllowedThroughProxy } from './guarded-lookup.ts'
import type { NetworkPolicy } from './network-policy.ts'
import { toNetworkError } from './network-problem.ts'
import { SiteError } from './site-error.ts'
import { createSiteSockets, type SiteSockets } from './site-sockets.ts'

/** A proxy for the way to a site. */
export interface ProxyWay {
  /** Scheme, host and port. */
  readonly url: string
  /** `Proxy-Authorization`. */
  readonly authorization?: string | undefined
}

/** How the requests of one site get to it: straight, or through a proxy (CONNECT). */
export interface SiteDispatcher {
  /** Makes a set of connections that share their sockets among requests. */
  open(): Dispatcher
  /** Sockets that the hub opens itself: to the site, or to its proxy. */
  readonly sockets: SiteSockets
  /** @throws AddressRefusedError when an address is refused as it is written */
  assertAllowed(): void
  /** A sentence for what went wrong on the way. */
  toError(error: unknown): SiteError
}

export interface SiteDispatcherOptions {
  readonly base: URL
  readonly policy: NetworkPolicy
  readonly tls: buildConnector.BuildOptions & { readonly servername?: string }
  readonly connectTimeoutMs: number
  readonly agent: Agent.Options
  readonly proxy?: ProxyWay | undefined
}

/** The connection to the proxy failed, not one through it. */
class ProxyUnreachedError extends Error {
  override name = 'ProxyUnreachedError'
}

/** undici's words for a proxy that answers CONNECT with anything but 200; it gives no code for it (`proxy-agent.js`). */
const answerOfProxy = /^Proxy response \((\d{3})\)/

const chainOf = (error: unknown): Error[] =>
  error instanceof Error ? [error, ...chainOf(error.cause)].slice(0, 6) : []

/** What went wrong at the proxy; undefined: it was something behind it. */
const proxyProblem = (error: unknown, proxy: URL, host: string): SiteError | undefined => {
  const unreached = chainOf(error).find((each) => each instanceof ProxyUnreachedError)
  if (unreached !== undefined) {
    const inner = toNetworkError(unreached.cause, proxy.host)
    const code = inner.problem.code.startsWith('certificate') ? 'proxy-refused' : inner.problem.code
    const message = `The proxy of this site cannot be used. ${inner.problem.message}`
    return new SiteError({ code, message }, { maybeSent: false, cause: error })
  }
  const answered = chainOf(error).flatMap(({ message }) => answerOfProxy.exec(message)?.[1] ?? [])[0]
  if (answered === undefined) return undefined
  const isAway = ['502', '503', '504'].includes(answered)
  const why =
    answered === '407'
      ? 'it asks for another user name and password. Enter them in the address of the proxy'
      : isAway
        ? `it could not reach ${host} (status ${answered}). Check the address of the site, and that the proxy resolves its name`
        : `it does not let the hub through to ${host} (status ${answered}). Ask its administrator to allow this address`
  return new SiteError(
    { code: isAway ? 'unreachable' : 'proxy-refused', message: `The proxy ${proxy.host} answers, but ${why}.` },
    { maybeSent: false, cause: error },
  )
}

const straight = ({ base, policy, tls, connectTimeoutMs, agent }: SiteDispatcherOptions): SiteDispatcher => {
  const sockets = createSiteSockets(policy, { timeout: connectTimeoutMs, ...tls })
  return {
    open: () => new Agent({ ...agent, connect: sockets.connect }),
    sockets,
    assertAllowed: () => assertAddressAllowed(base, policy),
    toError: (error) => toNetworkError(error, base.host),
  }
}

/**
 * What the hub's own DNS says of a name that a proxy is asked for: where that is refused, the proxy is not asked. Names
 * that only the proxy knows pass.
 */
const judgeByOwnDns = (host: string, policy: NetworkPolicy, tell: (refused?: AddressRefusedError) => void): void => {
  if (isIP(host) !== 0) tell()
  else
    policy.resolve(host, { all: true }, (error, addresses) => {
      const verdicts = error === null ? addresses.map(({ address }) => policy.judge(address, host)) : []
      const [first] = verdicts
      const isRefused = first !== undefined && !first.allowed && verdicts.every(({ allowed }) => !allowed)
      tell(isRefused ? new AddressRefusedError(host, first.reason, addresses[0]?.address) : undefined)
    })
}

/**
 * Through a proxy, the hub connects to the proxy alone, which resolves the name of the site by itself. An address that
 * is written out is checked all the same, and so is what the hub's own DNS knows of a name.
 */
const proxied = (options: SiteDispatcherOptions, way: ProxyWay): SiteDispatcher => {
  const { base, policy, tls, connectTimeoutMs, agent } = options
  const proxy = new URL(way.url)
  const sockets = createSiteSockets(policy, { timeout: connectTimeoutMs })
  const host = base.hostname.replace(/^\[|\]$/g, '')
  const connect: buildConnector.connector = (target, callback) =>
    judgeByOwnDns(host, policy, (refused) => {
      if (refused !== undefined) {
        callback(refused, null)
        return
      }
      sockets.connect(target, (...[error, socket]) => {
        if (error === null) callback(null, socket)
        else callback(new ProxyUnreachedError('The proxy was not reached', { cause: error }), null)
      })
    })
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined)
  return {
    open: () =>
      new ProxyAgent({
        ...agent,
        uri: way.url,
        ...(way.authorization === undefined ? {} : { token: way.authorization }),
        // Also plain http goes through a tunnel: the proxy is asked for an address alone, and what it logs of requests holds
        // no token. Only TLS keeps it from reading what passes: through a tunnel too, plain http is plain.
        proxyTunnel: true,
        clientFactory: (origin) => new Pool(origin, { connect }),
        requestTls: { timeout: connectTimeoutMs, ...tls, ...(servername === undefined ? {} : { servername }) },
      }),
    sockets,
    assertAllowed: () => {
      assertAllowedThroughProxy(base, policy)
      assertAddressAllowed(proxy, policy)
    },
    toError: (error) =>
      error instanceof SiteError ? error : (proxyProblem(error, proxy, base.host) ?? toNetworkError(error, base.host)),
  }
}

/** Makes the way to a site. Nothing is connected before the first request. */
export const createSiteDispatcher = (options: SiteDispatcherOptions): SiteDispatcher =>
  options.proxy === undefined ? straight(options) : proxied(options, options.proxy)
