import { createHash, randomUUID } from 'node:crypto'

/** A fresh random UUID. */
export const newId = (): string => randomUUID()

/**
 * The same UUID for the same parts, always: output of a repeated step carries the same ids, so that it cannot happen
 * twice. Version 8 (custom) of RFC 9562, from SHA-256.
 */
export const deterministicId = (...parts: readonly (string | number)[]): string => {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest()
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
