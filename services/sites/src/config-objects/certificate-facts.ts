import { X509Certificate } from 'node:crypto'
import { CERTIFICATE_WARNING_DAYS, type Certificate } from '@rancher-hub/contracts'

/** A certificate without what depends on the time of day. */
export type CertificateFacts = Omit<Certificate, 'state'> | { readonly unreadable: string }

const DAY_MS = 24 * 60 * 60 * 1000
const MAX_NAMES = 100
const MAX_TEXT = 500

/** `CN=shop.example\nO=Shop` of node:crypto, as people write it. */
const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ').slice(0, MAX_TEXT)

/** `DNS:a.example, IP Address:10.0.0.1`, as node:crypto tells it (names with commas are quoted JSON texts). */
const alternativeNames = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/(?:^|, )[A-Za-z ]+:("(?:[^"\\]|\\.)*"|[^,]*)/g)]
    .map(([, name = '']) => (name.startsWith('"') ? name.slice(1, -1) : name))
    .slice(0, MAX_NAMES)

/** The public facts of the first certificate of a PEM text: that is the one servers show (RFC 8446 §4.4.2). */
export const certificateFacts = (pem: string): CertificateFacts => {
  try {
    const { subject, issuer, subjectAltName, validFromDate, validToDate } = new X509Certificate(pem)
    return {
      subject: oneLine(subject),
      issuer: oneLine(issuer),
      names: alternativeNames(subjectAltName),
      notBefore: validFromDate.toISOString(),
      notAfter: validToDate.toISOString(),
    }
  } catch {
    // What OpenSSL says of it may quote its content; that it is none is all that is told.
    return { unreadable: pem.trim() === '' ? 'It is empty.' : 'It is not a certificate in PEM form.' }
  }
}

/** How a certificate stands at a time. */
export const certificateState = (
  { notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>,
  now: Date,
): Certificate['state'] => {
  const left = Date.parse(notAfter) - now.getTime()
  if (left <= 0) return 'expired'
  if (Date.parse(notBefore) > now.getTime()) return 'not-yet-valid'
  return left <= CERTIFICATE_WARNING_DAYS * DAY_MS ? 'expiring' : 'valid'
}
