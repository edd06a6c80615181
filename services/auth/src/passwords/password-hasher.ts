import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** Makes and checks password hashes. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** False for a wrong password. Without a stored hash the same work is done, so that time tells nobody whether an account exists. */
  verify(password: string, stored: string | undefined): Promise<boolean>
}

/** More people sign in at this moment than the hub wants to compute for. */
export class TooBusyError extends Error {
  override name = 'TooBusyError'
}

const compute = promisify(argon2)
const PASSES = 2
const TAG_BYTES = 32
const MAX_WAITING = 100

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

interface Parameters {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly nonce: Buffer
  readonly tag: Buffer
}

/** Reads the PHC string format. @throws Error for anything that this hasher never wrote */
const parsePhc = (stored: string): Parameters => {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored)
  if (match === null) throw new Error('A stored password hash is not Argon2id in PHC form')
  const [, memory, passes, parallelism, nonce = '', tag = ''] = match
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

/** Lets `width` computations run at once and a bounded number wait. */
const createGate = (width: number) => {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= width) {
      if (waiting.length >= MAX_WAITING) throw new TooBusyError('Too many passwords are being checked')
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}

/**
 * Argon2id (RFC 9106) with the parameters of the OWASP password storage cheat sheet: 19 MiB, 2 passes, 1 lane. Runs on
 * the thread pool, two at once, so that signing in never stops the rest.
 */
export const createPasswordHasher = (options: { readonly memoryKib: number }): PasswordHasher => {
  const gate = createGate(2)
  const derive = async (
    password: string,
    { memory, passes, parallelism, nonce, tag }: Omit<Parameters, 'tag'> & { tag: number },
  ): Promise<Buffer> =>
    await gate(
      async () =>
        await compute('argon2id', {
          message: password.normalize('NFKC'),
          nonce,
          parallelism,
          tagLength: tag,
          memory,
          passes,
        }),
    )
  const fresh = { memory: options.memoryKib, passes: PASSES, parallelism: 1, tag: TAG_BYTES }

  return {
    hash: async (password) => {
      const nonce = randomBytes(16)
      const tag = await derive(password, { ...fresh, nonce })
      return `$argon2id$v=19$m=${fresh.memory},t=${PASSES},p=1$${unpadded(nonce)}$${unpadded(tag)}`
    },
    verify: async (password, stored) => {
      if (stored === undefined) {
        await derive(password, { ...fresh, nonce: randomBytes(16) })
        return false
      }
      const { tag, ...parameters } = parsePhc(stored)
      const computed = await derive(password, { ...parameters, tag: tag.length })
      return timingSafeEqual(computed, tag)
    },
  }
}
