import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { assertAddressAllowed, createGuardedLookup } from '../egress/guarded-lookup.ts'
import type { NetworkPolicy } from '../egress/network-policy.ts'
import { toNetworkError } from '../egress/network-problem.ts'
import { openTunnel } from './proxy-tunnel.ts'
import type { SiteProxy } from './site-secret.ts'

/** A certificate that a person may choose to trust. */
export interface OfferedCa {
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. */
  readonly fingerprint: string
  readonly subject: string
  /** RFC 3339. */
  readonly expiresAt: string
  readonly pem: string
}

/** Facts of a certificate in PEM. @throws when it is none */
export const describeCertificate = (pem: string): OfferedCa => {
  const certificate = new X509Certificate(pem)
  const { fingerprint256, subjectAltName, validToDate } = certificate
  // Undefined where it is empty (RFC 5280 §4.1.2.6), whatever the types say: then the names stand in its place.
  const subject: string | undefined = certificate.subject
  return {
    fingerprint: fingerprint256,
    subject: subject?.split('\n').join(', ') ?? subjectAltName ?? '',
    expiresAt: validToDate.toISOString(),
    pem: certificate.toString(),
  }
}

/** SHA-256 of the first certificate of a bundle; undefined when there is none. */
export const fingerprintOf = (pem: string | undefined): string | undefined =>
  pem === undefined ? undefined : describeCertificate(pem).fingerprint

/** The last certificate that the server sent: its authority where it sends one, else its own. */
const topOf = (certificate: DetailedPeerCertificate): DetailedPeerCertificate => {
  let top = certificate
  // The chain ends in a certificate that is its own issuer, or in one without.
  while (top.issuerCertificate !== undefined && top.issuerCertificate.fingerprint256 !== top.fingerprint256)
    top = top.issuerCertificate
  return top
}

/** The connection that the handshake happens on: straight to the server, or through its proxy. */
const connectTo = async (
  url: URL,
  policy: NetworkPolicy,
  options: OfferOptions,
  timeoutMs: number,
): Promise<TLSSocket> => {
  const { serverName, proxy } = options
  assertAddressAllowed(url, policy)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const name = serverName ?? (isIP(host) === 0 ? host : undefined)
  const tls = { rejectUnauthorized: false, ...(name === undefined ? {} : { servername: name }) }
  if (proxy !== undefined) return connect({ ...tls, socket: await openTunnel(url, proxy, policy, timeoutMs) })
  const port = url.port === '' ? 443 : Number(url.port)
  return connect({ ...tls, host, port, lookup: createGuardedLookup(policy) })
}

/** How the server is reached that is asked for its certificates. */
export interface OfferOptions {
  readonly serverName?: string | undefined
  readonly proxy?: SiteProxy | undefined
}

/**
 * Asks a server for its certificates, to be shown to a person. Only the TLS handshake happens: no request and no
 * credential is sent over this unchecked connection.
 * @throws SiteError
 */
export const fetchOfferedCa = async (
  url: URL,
  policy: NetworkPolicy,
  options: OfferOptions = {},
  timeoutMs = 10_000,
): Promise<OfferedCa> => {
  try {
    const socket = await connectTo(url, policy, options, timeoutMs)
    const raw = await new Promise<Buffer>((resolve, reject) => {
      const fail = (error: unknown) => {
        socket.destroy()
        reject(error)
      }
      socket.setTimeout(timeoutMs, () => fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })))
      socket.once('error', fail)
      socket.once('secureConnect', () => {
        resolve(topOf(socket.getPeerCertificate(true)).raw)
        socket.destroy()
      })
    })
    // Not among the socket's events: nobody would catch what a strange certificate throws there.
    return describeCertificate(`-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----`)
  } catch (error) {
    throw toNetworkError(error, url.host)
  }
}
