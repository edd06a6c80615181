import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A bearer secret of 256 random bits, for session cookies and one-time links. */
export const createSecretToken = (): string => randomBytes(32).toString('base64url')

/** What is stored of such a token: its SHA-256. A fast hash is enough for 256 random bits. */
export const hashSecretToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** Compares two hashes without telling by time where they differ. */
export const sameHash = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
