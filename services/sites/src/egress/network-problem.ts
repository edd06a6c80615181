import type { SiteProblem } from '@rancher-hub/contracts'
import { SiteError } from './site-error.ts'

type Code = SiteProblem['code']

/** Error codes of Node, OpenSSL and undici, by what they mean to people. */
const codes: Readonly<Record<string, Code>> = {
  ERR_ADDRESS_REFUSED: 'address-refused',
  ERR_ADDRESS_CUT: 'address-refused',
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  EAI_NODATA: 'name-not-found',
  UND_ERR_CONNECT_TIMEOUT: 'timed-out',
  UND_ERR_HEADERS_TIMEOUT: 'timed-out',
  UND_ERR_BODY_TIMEOUT: 'timed-out',
  ETIMEDOUT: 'timed-out',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-wrong-host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-not-trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-not-trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-not-trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-not-trusted',
  CERT_UNTRUSTED: 'certificate-not-trusted',
  CERT_SIGNATURE_FAILURE: 'certificate-not-trusted',
  CERT_CHAIN_TOO_LONG: 'certificate-not-trusted',
  CERT_REVOKED: 'certificate-not-trusted',
  INVALID_CA: 'certificate-not-trusted',
  ERR_OSSL_PEM_NO_START_LINE: 'certificate-not-trusted',
  ERR_SSL_WRONG_VERSION_NUMBER: 'unreachable',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'unreachable',
  EPROTO: 'unreachable',
  UND_ERR_HEADERS_OVERFLOW: 'upstream-error',
}

const sentences: Readonly<Partial<Record<Code, (host: string, detail: string) => string>>> = {
  // In parentheses at the end stands a way out already.
  'address-refused': (_host, detail) =>
    `The hub does not call this address: ${detail}.${detail.endsWith(')') ? '' : ' Use the address of the server itself.'}`,
  'name-not-found': (host) =>
    `The name ${host} is not known to DNS. Check the spelling, and that the hub can resolve it.`,
  unreachable: (host, detail) =>
    `${host} cannot be reached (${detail}). Check address and port, and that no firewall is in between.`,
  'timed-out': (host) =>
    `${host} did not answer in time. It may be down, overloaded, or behind a firewall that drops packets.`,
  'certificate-not-trusted': (host) =>
    `The certificate of ${host} is not signed by a known authority. Compare its fingerprint with the administrator’s and pin it, or paste the CA certificate.`,
  'certificate-expired': (host) =>
    `The certificate of ${host} has expired or is not valid yet. Renew it on the server, and check both clocks.`,
  'upstream-error': (host) => `${host} sent headers of more than 16 KiB, which the hub does not read.`,
  'certificate-wrong-host': (host) =>
    `The certificate was made for another name than ${host}. Use the name in the certificate, or have one made for this name.`,
}

const noTls = 'it does not speak https on this port'
const details: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to its network',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  EPROTO: noTls,
}

/** Errors in the middle of an exchange, whose meaning alone does not say so. */
const midway: ReadonlySet<string> = new Set(['ERR_ADDRESS_CUT', 'UND_ERR_HEADERS_OVERFLOW'])
/** Errors after which it is certain that no request left. */
const beforeSending: ReadonlySet<string> = new Set([
  ...Object.entries(codes).flatMap(([code, meaning]) => (meaning === 'timed-out' || midway.has(code) ? [] : [code])),
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
])

const isError = (value: unknown): value is Error & { code?: unknown } => value instanceof Error

/** The innermost error that carries a code: undici and happy-eyeballs wrap them. */
const codedError = (error: unknown): { code: string; message: string } => {
  if (error instanceof AggregateError) return codedError(error.errors[0])
  if (!isError(error)) return { code: 'UNKNOWN', message: String(error) }
  if (isError(error.cause)) return codedError(error.cause)
  if (error.name === 'TimeoutError') return { code: 'ETIMEDOUT', message: error.message }
  return { code: typeof error.code === 'string' ? error.code : 'UNKNOWN', message: error.message }
}

/** A sentence for a network problem. */
export const networkProblem = (code: Code, host: string, detail: string): SiteProblem => ({
  code,
  message: sentences[code]?.(host, detail) ?? detail,
})

/** Turns what a socket threw into a problem that people can act on. */
export const toNetworkError = (error: unknown, host: string): SiteError => {
  if (error instanceof SiteError) return error
  const { code, message } = codedError(error)
  const meaning = codes[code] ?? 'unreachable'
  const detail = meaning === 'address-refused' ? message : (details[code] ?? code.toLowerCase())
  return new SiteError(networkProblem(meaning, host, detail), { maybeSent: !beforeSending.has(code), cause: error })
}
