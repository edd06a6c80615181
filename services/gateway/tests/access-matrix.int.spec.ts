import { allContracts, type RoleName, rolePermissions } from '@rancher-hub/contracts'
import { createKeyPair, createTokenSigner, encode, headerNames, newId, outcomeOf } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type Hub, requestOf, startHub } from './hub.fixtures.ts'

type Who = 'anonymous' | RoleName
const roles: readonly Who[] = ['anonymous', 'viewer', 'operator', 'administrator']

let hub: Hub
const people = new Map<Who, Browser>()
beforeAll(async () => {
  hub = await startHub()
  const ada = await hub.administrator()
  people.set('anonymous', hub.browser())
  people.set('administrator', ada)
  people.set('viewer', await hub.person(ada, 'viewer', 'viewer'))
  people.set('operator', await hub.person(ada, 'operator', 'operator'))
})
afterAll(async () => await hub[Symbol.asyncDispose]())

const served = allContracts.filter((contract) => contract.http !== undefined && contract.name !== 'auth.sign-out')
const cases = served.flatMap((contract) => roles.map((who) => [contract.name, contract.access, who, contract] as const))

describe('route × role', () => {
  it.each(cases)('%s (%s) for %s', async (_name, access, who, contract) => {
    const response = await hub
      .browser(people.get(who)?.cookie)
      .request(requestOf(contract, contract.examples?.[0]?.input ?? {}))
    const code = response.statusCode >= 400 ? response.json().code : undefined
    if (access === 'public') return expect(['not-signed-in', 'forbidden']).not.toContain(code)
    if (who === 'anonymous') return expect([response.statusCode, code]).toEqual([401, 'not-signed-in'])
    const permitted = access === 'session' || rolePermissions[who].some((permission) => permission === access)
    if (permitted) expect([401, 403]).not.toContain(response.statusCode)
    else expect([response.statusCode, code]).toEqual([403, 'forbidden'])
  })

  it('never serves an internal contract', async () => {
    const internal = allContracts.filter(({ http }) => http === undefined).map(({ name }) => name)
    const { paths } = (await hub.browser().request({ url: '/openapi.json' })).json()
    for (const name of internal) expect(JSON.stringify(paths)).not.toContain(`"${name}"`)
  })
})

describe('internal tokens', () => {
  const listPeople = allContracts.find(({ name }) => name === 'auth.list-people')
  const ask = async (token: string | undefined) => {
    const headers = {
      [headerNames.correlationId]: newId(),
      ...(token === undefined ? {} : { [headerNames.token]: token }),
    }
    const outcome = outcomeOf(
      await hub.bus.request(listPeople?.subject ?? '', encode({}), { headers, timeoutMs: 5_000 }),
    )
    return outcome.status === 'refused' ? outcome.body.code : outcome.status
  }
  const actor = { kind: 'user', userId: newId(), name: 'Eve', permissions: ['people:read'] } as const
  const identity = { organization: newId(), actor }

  it('are taken when the gateway signed them', async () => {
    expect(await ask(await createTokenSigner('gateway', hub.keys.gateway.privateKey).sign(identity))).toBe('ok')
  })

  it('are refused when missing, forged, foreign, changed or expired', async () => {
    const good = await createTokenSigner('gateway', hub.keys.gateway.privateKey).sign(identity)
    const [head = '', claims = '', signature = ''] = good.split('.')
    const decoded = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object
    const changed = Buffer.from(JSON.stringify({ ...decoded, org: newId() })).toString('base64url')
    const unsigned = Buffer.from(JSON.stringify({ alg: 'none', kid: 'gateway' })).toString('base64url')
    const { SignJWT } = await import('jose')
    const expired = await new SignJWT({ ...decoded, iat: 1_000_000, exp: 1_000_060 })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'gateway' })
      .sign(hub.keys.gateway.privateKey)
    const longLived = await new SignJWT({ ...decoded, exp: Date.now() / 1000 + 86_400 })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'gateway' })
      .sign(hub.keys.gateway.privateKey)
    const tokens = {
      missing: undefined,
      empty: '',
      garbage: 'a.b.c',
      forged: await createTokenSigner('gateway', createKeyPair().privateKey).sign(identity),
      foreign: await createTokenSigner('gateway', hub.keys.sync.privateKey).sign(identity),
      unknown: await createTokenSigner('monitor', createKeyPair().privateKey).sign(identity),
      changed: `${head}.${changed}.${signature}`,
      unsigned: `${unsigned}.${claims}.`,
      expired,
      longLived,
    }
    for (const [what, token] of Object.entries(tokens))
      expect([what, await ask(token)]).toEqual([what, 'not-signed-in'])
  })
})
