import { describe, expect, it } from 'vitest'
import { createPasswordHasher, TooBusyError } from './password-hasher.ts'

const hasher = createPasswordHasher({ memoryKib: 64 })

describe('password hasher', () => {
  it('writes Argon2id in PHC form with a fresh salt', async () => {
    const [one, other] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=64,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
  })
  it('takes the right password only', async () => {
    const stored = await hasher.hash('pässword with ümlauts')
    expect(await hasher.verify('pässword with ümlauts'.normalize('NFD'), stored)).toBe(true)
    expect(await hasher.verify('password with umlauts', stored)).toBe(false)
  })
  it('checks hashes of other parameters', async () => {
    const stored = await createPasswordHasher({ memoryKib: 128 }).hash('correct horse')
    expect(await hasher.verify('correct horse', stored)).toBe(true)
  })
  it('says no without a stored hash', async () => {
    expect(await hasher.verify('anything', undefined)).toBe(false)
  })
  it('refuses to queue without bound', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 150 }, () => hasher.hash('x')))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused).toHaveLength(48)
    expect(refused[0]?.reason).toBeInstanceOf(TooBusyError)
  })
})
