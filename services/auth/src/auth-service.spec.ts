import {
  addPerson,
  changeOwnPassword,
  changeRole,
  disablePerson,
  enablePerson,
  getMe,
  getPermissions,
  getSetup,
  listPeople,
  lookUpLink,
  redeemLink,
  renewLink,
  signIn,
  signOut,
} from '@rancher-hub/contracts'
import { EventStoreUnavailableError } from '@rancher-hub/event-store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { quickHasher, refusal, type SignedIn, startAuth, tokenOf } from './auth.fixtures.ts'
import { createAdministratorLink, createFirstAdministratorLink, createSignInLink } from './links/administrator-link.ts'

const password = 'correct horse battery'
let auth: Awaited<ReturnType<typeof startAuth>>
let ada: SignedIn
beforeEach(async () => {
  auth = await startAuth()
  ada = await auth.firstAdministrator()
})
afterEach(async () => {
  await auth[Symbol.asyncDispose]()
})

const addedBob = async (role: 'administrator' | 'viewer' = 'viewer'): Promise<SignedIn & { id: string }> => {
  const { id, link } = await auth.call(addPerson, { name: 'Bob', username: 'bob', role }, { as: ada })
  return { id, ...(await auth.call(redeemLink, { token: tokenOf(link), password })) }
}

describe('first administrator', () => {
  it('comes by a link that the start makes until there is one', async () => {
    expect(await auth.call(getSetup, {})).toEqual({ administratorExists: true })
    expect(await createFirstAdministratorLink(auth.linkDeps)).toBeUndefined()
    expect(ada.me).toMatchObject({ role: 'administrator', organization: { name: 'My organization' } })
  })

  it('needs name, sign-in name and password, and the link works until they are right', async () => {
    const link = await createAdministratorLink(auth.linkDeps)
    const token = tokenOf(link)
    expect(await auth.call(lookUpLink, { token })).toEqual({ purpose: 'create-administrator' })
    const missing = await refusal(auth.call(redeemLink, { token, name: 'Eve' }))
    expect([missing.code, missing.details]).toEqual(['fields-missing', { fields: ['username', 'password'] }])
    expect((await refusal(auth.call(redeemLink, { token, name: 'Eve', username: 'ADA', password }))).code).toBe(
      'username-taken',
    )
    const eve = await auth.call(redeemLink, { token, name: 'Eve', username: 'eve', password })
    expect(eve.me.organization).toEqual(ada.me.organization)
    expect((await refusal(auth.call(redeemLink, { token, name: 'Eve', username: 'eve', password }))).code).toBe(
      'link-not-valid',
    )
  })

  it('is one person, however often the link is redeemed at once', async () => {
    const token = tokenOf(await createAdministratorLink(auth.linkDeps))
    const outcomes = await Promise.allSettled(
      ['eve', 'mallory', 'eve'].map((username) => auth.call(redeemLink, { token, name: 'Eve', username, password })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await auth.call(listPeople, {}, { as: ada })).total).toBe(2)
  })

  it('is not made by a replaced link', async () => {
    const older = await createAdministratorLink(auth.linkDeps)
    await createAdministratorLink(auth.linkDeps)
    expect((await refusal(auth.call(lookUpLink, { token: tokenOf(older) }))).code).toBe('link-not-valid')
  })
})

describe('signing in', () => {
  it('takes the right password, whatever the case of the name', async () => {
    const signedIn = await auth.call(signIn, { username: ' ADA ', password })
    expect((await auth.resolve(signedIn.sessionToken)).me.user.username).toBe('ada')
  })

  it('does the same work and says the same for a wrong password, an unknown name and a disabled account', async () => {
    let verified = 0
    const hasher = quickHasher()
    const counting = {
      ...hasher,
      verify: async (given: string, stored: string | undefined) => {
        verified += 1
        return await hasher.verify(given, stored)
      },
    }
    await using counted = await startAuth({ passwords: counting })
    const admin = await counted.firstAdministrator()
    const { id } = await counted.call(addPerson, { name: 'Bob', username: 'bob', role: 'viewer' }, { as: admin })
    await counted.call(disablePerson, { userId: id }, { as: admin })
    const codes: string[] = []
    for (const username of ['ada', 'nobody', 'bob']) {
      const before = verified
      const refused = await refusal(counted.call(signIn, { username, password: 'wrong password' }))
      codes.push(`${refused.code} ${refused.message} ${verified - before}`)
    }
    expect(new Set(codes).size).toBe(1)
  })

  it('makes an account wait after five failures, even in one burst', async () => {
    const burst = Array.from({ length: 30 }, () => refusal(auth.call(signIn, { username: 'ada', password: 'wrong' })))
    const codes = (await Promise.all(burst)).map(({ code }) => code)
    expect(codes.filter((code) => code === 'wrong-credentials')).toHaveLength(5)
    const { code, details } = await refusal(auth.call(signIn, { username: 'ada', password }))
    expect([code, details]).toEqual(['too-many-attempts', { retryAfterSeconds: 1 }])
    auth.clock.offsetMs += 2_000
    await auth.call(signIn, { username: 'ada', password })
  })

  it('makes an address wait that tries many names', async () => {
    for (let attempt = 0; attempt < 20; attempt += 1)
      await refusal(auth.call(signIn, { username: `user${attempt}`, password: 'wrong' }))
    expect((await refusal(auth.call(signIn, { username: 'ada', password }))).code).toBe('too-many-attempts')
    await auth.call(signIn, { username: 'ada', password }, { address: '192.0.2.2' })
  })
})

describe('sessions', () => {
  it('survive a restart, even when the read models are lost', async () => {
    const { store, models: _lost, ...keys } = auth.ground
    const { openMemoryReadModels } = await import('@rancher-hub/read-model/memory')
    await auth.service[Symbol.asyncDispose]()
    auth = await startAuth({ ground: { store, models: openMemoryReadModels(), ...keys } })
    await expect.poll(async () => (await auth.resolve(ada.sessionToken)).me.user.name).toBe('Ada')
  })

  it('go on while activity cannot be recorded, and are recorded once it can', async () => {
    const { store } = auth.ground
    const away = { value: false }
    await auth.service[Symbol.asyncDispose]()
    auth = await startAuth({
      ground: {
        ...auth.ground,
        store: {
          ...store,
          append: async (...args) => {
            if (away.value) throw new EventStoreUnavailableError('The event store is away')
            return await store.append(...args)
          },
        },
      },
    })
    auth.clock.offsetMs += 3_600_000
    away.value = true
    const before = (await auth.resolve(ada.sessionToken)).expiresAt
    expect((await auth.resolve(ada.sessionToken)).me.user.name).toBe('Ada')
    away.value = false
    expect((await auth.resolve(ada.sessionToken)).expiresAt > before).toBe(true)
  })

  it('end at sign-out', async () => {
    await auth.call(signOut, {}, { as: ada })
    expect((await refusal(auth.resolve(ada.sessionToken))).code).toBe('not-signed-in')
  })

  it('end when idle, unless the person is active', async () => {
    const hours = 3_600_000
    for (let round = 0; round < 3; round += 1) {
      auth.clock.offsetMs += 11 * hours
      await auth.resolve(ada.sessionToken)
    }
    auth.clock.offsetMs += 11 * hours
    await auth.resolve(ada.sessionToken, false)
    auth.clock.offsetMs += 2 * hours
    expect((await refusal(auth.resolve(ada.sessionToken))).code).toBe('not-signed-in')
  })

  it('end after a week in any case', async () => {
    for (let hour = 0; hour < 167; hour += 10) {
      auth.clock.offsetMs += 10 * 3_600_000
      if (hour + 10 >= 168) break
      await auth.resolve(ada.sessionToken)
    }
    expect((await refusal(auth.resolve(ada.sessionToken))).code).toBe('not-signed-in')
  })

  it('end at once when the person is disabled, and stay ended when enabled again', async () => {
    const bob = await addedBob()
    await auth.call(disablePerson, { userId: bob.id }, { as: ada })
    expect((await refusal(auth.resolve(bob.sessionToken))).code).toBe('not-signed-in')
    expect(
      (
        await refusal(
          auth.call(getPermissions, { organizationId: bob.me.organization.id, userId: bob.id }, { by: 'sync' }),
        )
      ).code,
    ).toBe('not-found')
    await auth.call(enablePerson, { userId: bob.id }, { as: ada })
    expect((await refusal(auth.resolve(bob.sessionToken))).code).toBe('not-signed-in')
    await auth.call(signIn, { username: 'bob', password })
  })

  it('carry the new role at once', async () => {
    const bob = await addedBob()
    await auth.call(changeRole, { userId: bob.id, role: 'operator' }, { as: ada })
    expect((await auth.resolve(bob.sessionToken)).me.permissions).toContain('sync:execute')
  })

  it('end when the password changes, but for the one it was changed in', async () => {
    const other = await auth.call(signIn, { username: 'ada', password })
    await auth.call(changeOwnPassword, { currentPassword: password, newPassword: 'staple battery horse' }, { as: ada })
    expect((await refusal(auth.resolve(other.sessionToken))).code).toBe('not-signed-in')
    await auth.resolve(ada.sessionToken)
    expect((await refusal(auth.call(signIn, { username: 'ada', password }))).code).toBe('wrong-credentials')
    expect(
      (
        await refusal(
          auth.call(changeOwnPassword, { currentPassword: password, newPassword: 'staple battery horse' }, { as: ada }),
        )
      ).code,
    ).toBe('wrong-password')
  })
})

describe('people', () => {
  it('have different sign-in names, however many are added at once', async () => {
    const adding = Array.from({ length: 8 }, () =>
      auth.call(addPerson, { name: 'Bob', username: 'bob', role: 'viewer' }, { as: ada }),
    )
    const outcomes = await Promise.allSettled(adding)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('come in by their link, once', async () => {
    const { id, link } = await auth.call(addPerson, { name: 'Bob', username: 'bob', role: 'viewer' }, { as: ada })
    const token = tokenOf(link)
    expect(await auth.call(lookUpLink, { token })).toEqual({ purpose: 'set-password', name: 'Bob', username: 'bob' })
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => auth.call(redeemLink, { token, password })))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const { items } = await auth.call(listPeople, { text: 'BO' }, { as: ada })
    expect(items).toMatchObject([{ id, name: 'Bob', state: 'active', role: 'viewer', revision: 0 }])
    expect(items[0]).not.toHaveProperty('sortName')
  })

  it('get a newer link that ends older ones and, when used, older sessions', async () => {
    const bob = await addedBob()
    const older = await auth.call(renewLink, { userId: bob.id }, { as: ada })
    const newer = await auth.call(renewLink, { userId: bob.id }, { as: ada })
    expect((await refusal(auth.call(redeemLink, { token: tokenOf(older.link), password }))).code).toBe('link-not-valid')
    await auth.resolve(bob.sessionToken)
    await auth.call(redeemLink, { token: tokenOf(newer.link), password: 'staple battery horse' })
    expect((await refusal(auth.resolve(bob.sessionToken))).code).toBe('not-signed-in')
    await auth.call(disablePerson, { userId: bob.id }, { as: ada })
    expect((await refusal(auth.call(renewLink, { userId: bob.id }, { as: ada }))).code).toBe('person-disabled')
  })

  it('keep an administrator when two disable each other at once', async () => {
    const bob = await addedBob('administrator')
    const outcomes = await Promise.allSettled([
      auth.call(disablePerson, { userId: bob.id }, { as: ada }),
      auth.call(disablePerson, { userId: ada.me.user.id }, { as: bob }),
    ])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('may be signed in by a link of the server', async () => {
    const link = await createSignInLink(auth.linkDeps, ada.me.user.id)
    await expect
      .poll(async () => (await auth.call(lookUpLink, { token: tokenOf(link) }).catch(() => undefined))?.purpose)
      .toBe('sign-in')
    const { me } = await auth.call(redeemLink, { token: tokenOf(link) })
    expect(me).toEqual(ada.me)
  })
})

describe('access', () => {
  it('needs the permission that the contract names', async () => {
    const bob = await addedBob()
    expect((await auth.call(getMe, {}, { as: bob })).role).toBe('viewer')
    expect(
      (await refusal(auth.call(addPerson, { name: 'Eve', username: 'eve', role: 'viewer' }, { as: bob }))).code,
    ).toBe('forbidden')
    expect((await refusal(auth.call(listPeople, {}))).code).toBe('not-signed-in')
  })

  it('keeps internal contracts from everybody they are not for', async () => {
    const input = { organizationId: ada.me.organization.id, userId: ada.me.user.id }
    expect((await refusal(auth.call(getPermissions, input))).code).toBe('forbidden')
    expect(await auth.call(getPermissions, input, { by: 'sync' })).toEqual(ada.me)
  })
})

describe('stored events', () => {
  it('hold neither passwords nor tokens', async () => {
    const { link } = await auth.call(addPerson, { name: 'Bob', username: 'bob', role: 'viewer' }, { as: ada })
    const stored: unknown[] = []
    for await (const event of auth.ground.store.readAll()) stored.push(event)
    const text = JSON.stringify(stored)
    for (const secret of [password, ada.sessionToken, tokenOf(link)]) expect(text).not.toContain(secret)
  })
})
