import type { Contract } from '@rancher-hub/contracts'
import { refuse } from '@rancher-hub/service-kit'
import { type PasswordHasher, TooBusyError } from './password-hasher.ts'

const orUnavailable = async <T>(contract: Contract, work: Promise<T>): Promise<T> =>
  await work.catch((error: unknown) => {
    throw error instanceof TooBusyError ? refuse(contract, 'unavailable', { retryAfterSeconds: 2 }) : error
  })

/** Checks a password for a call. @throws RefusedError `unavailable` when too many wait already */
export const checkPassword = async (
  contract: Contract,
  passwords: PasswordHasher,
  password: string,
  stored: string | undefined,
): Promise<boolean> => await orUnavailable(contract, passwords.verify(password, stored))

/** Hashes a password for a call. @throws RefusedError `unavailable` when too many wait already */
export const hashPassword = async (contract: Contract, passwords: PasswordHasher, password: string): Promise<string> =>
  await orUnavailable(contract, passwords.hash(password))
