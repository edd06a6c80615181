import { createSecretToken, hashSecretToken } from '../secret-token.ts'

/** A fresh one-time link: the address to show once, and what is stored of it. */
export interface FreshLink {
  readonly url: string
  readonly tokenHash: string
  readonly expiresAt: string
}

/** Makes a link. The token stands behind `#`, which browsers never send, so that no server log sees it. */
export const createLink = (publicUrl: string, now: Date, hours: number): FreshLink => {
  const token = createSecretToken()
  return {
    url: `${publicUrl.replace(/\/+$/, '')}/link#${token}`,
    tokenHash: hashSecretToken(token),
    expiresAt: new Date(now.getTime() + hours * 3_600_000).toISOString(),
  }
}
