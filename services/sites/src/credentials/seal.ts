import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Ciphertext of AES-256-GCM with everything that opening it needs but the key. Base64. */
export interface Sealed {
  readonly iv: string
  readonly tag: string
  readonly data: string
}

/** The ciphertext was changed, belongs elsewhere, or the key is another one. */
export class SealBrokenError extends Error {
  override name = 'SealBrokenError'
}

/** Bytes of every key. */
export const KEY_BYTES = 32

/** A key for one purpose from a key for all (HKDF-SHA-256): no key is used for two things. */
export const deriveKey = (key: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), purpose, KEY_BYTES))

/** Encrypts; `binding` is authenticated with it: opening needs the same. `iv` only where key and content are one (12 bytes). */
export const seal = (
  key: Uint8Array,
  plaintext: Uint8Array,
  binding: string,
  iv: Uint8Array = randomBytes(12),
): Sealed => {
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(Buffer.from(binding, 'utf8'))
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return {
    iv: Buffer.from(iv).toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    data: data.toString('base64'),
  }
}

/** Decrypts. @throws SealBrokenError */
export const unseal = (key: Uint8Array, sealed: Sealed, binding: string): Buffer => {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(sealed.iv, 'base64'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(binding, 'utf8'))
    decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'))
    return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()])
  } catch (error) {
    throw new SealBrokenError(
      'Stored credentials cannot be opened: the master key is not the one they were made with, or they were changed.',
      {
        cause: error,
      },
    )
  }
}
