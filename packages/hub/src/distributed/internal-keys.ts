import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallerName } from '@rancher-hub/contracts'
import { createKeyPair } from '@rancher-hub/service-kit'
import { z } from 'zod'
import { processNames } from '../process-names.ts'
import { StartRefusedError } from '../start-refused-error.ts'

const PublicKeys = z.partialRecord(z.enum(processNames), z.string())

/** This service's own key. @throws StartRefusedError */
export const parsePrivateKey = (pem: string): KeyObject => {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519') return key
  } catch (error) {
    throw new StartRefusedError('HUB_INTERNAL_KEY is no private key in PEM; make keys with «hub keys create».', {
      cause: error,
    })
  }
  throw new StartRefusedError('HUB_INTERNAL_KEY is no Ed25519 key; make keys with «hub keys create».')
}

/** Public keys of everybody who calls. Never taken from the bus: who can send there could name itself. @throws StartRefusedError */
export const readPublicKeys = (file: string): Partial<Record<CallerName, KeyObject>> => {
  try {
    const pems = PublicKeys.parse(JSON.parse(readFileSync(file, 'utf8')))
    return Object.fromEntries(Object.entries(pems).map(([name, pem]) => [name, createPublicKey(pem)]))
  } catch (error) {
    throw new StartRefusedError(
      `HUB_INTERNAL_KEYS_FILE names ${file}, which cannot be used (${(error as Error).message}); make keys with «hub keys create».`,
      { cause: error },
    )
  }
}

/** A fresh key for every service, as PEM, and the public ones as the JSON text of the file. */
export const createInternalKeys = (): {
  readonly privatePems: Readonly<Record<CallerName, string>>
  readonly publicKeysJson: string
} => {
  const pairs = processNames.map((name) => [name, createKeyPair()] as const)
  const pemOf = (key: KeyObject, type: 'pkcs8' | 'spki'): string => String(key.export({ format: 'pem', type }))
  const privatePems = Object.fromEntries(pairs.map(([name, { privateKey }]) => [name, pemOf(privateKey, 'pkcs8')]))
  const publicPems = Object.fromEntries(pairs.map(([name, { publicKey }]) => [name, pemOf(publicKey, 'spki')]))
  return {
    privatePems: privatePems as Record<CallerName, string>,
    publicKeysJson: `${JSON.stringify(publicPems, undefined, 2)}\n`,
  }
}

/** Writes all keys of a new hub into a folder that has none yet: one private key each, the public ones, the master key. @throws StartRefusedError */
export const writeKeys = (folder: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = [...processNames.map((name) => `${name}.pem`), 'public-keys.json', 'master.key']
  const there = names.find((name) => existsSync(join(folder, name)))
  if (there !== undefined)
    throw new StartRefusedError(`${join(folder, there)} is there already; keys are never overwritten.`)
  const { privatePems, publicKeysJson } = createInternalKeys()
  const write = (name: string, text: string, mode: number): void =>
    writeFileSync(join(folder, name), text, { mode, flag: 'wx' })
  for (const name of processNames) write(`${name}.pem`, privatePems[name], 0o600)
  write('public-keys.json', publicKeysJson, 0o644)
  write('master.key', `${randomBytes(32).toString('base64')}\n`, 0o600)
}

/** The master key as bytes. @throws StartRefusedError */
export const parseMasterKey = (text: string): Buffer => {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32)
    throw new StartRefusedError('HUB_MASTER_KEY is not 32 bytes in base64; make one with «hub keys create».')
  return key
}
