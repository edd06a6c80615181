import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { ApiClient } from '@rancher-hub/api-client'
import { openNatsBus } from '@rancher-hub/bus/nats'
import {
  createEnvironment,
  getMe,
  getPermissions,
  listEnvironments,
  sessionRevokedSubject,
} from '@rancher-hub/contracts'
import { createKeyPair, createTokenSigner, decode, encode, headerNames } from '@rancher-hub/service-kit'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { natsConfig, natsUser, subscriberPermissions } from '../src/distributed/nats-permissions.ts'
import { processNames } from '../src/process-names.ts'
import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { becomeAdministrator, programs } from './hub.fixtures.ts'

/** An interpreter that has nats-py. */
const python = process.env['PYTHON_NATS']
const passwordOf = (user: string): string => `password-of-${user}`
const passwords = Object.fromEntries(
  [...processNames, 'ci'].map((user) => [`HUB_NATS_PASSWORD_${user.toUpperCase()}`, passwordOf(user)]),
)

describe.skipIf(programs === undefined)('users and permissions on NATS [servers]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nats-security-'))
  const configFile = join(folder, 'nats.conf')
  let servers: Servers
  let hub: DistributedHub
  let ada: ApiClient
  let organization: string

  beforeAll(async () => {
    writeFileSync(configFile, natsConfig())
    const nats = { configFile, env: passwords }
    servers = await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'servers'), nats)
    hub = await startDistributedHub({
      servers,
      folder,
      envOf: (name) => ({ HUB_NATS_USER: name, HUB_NATS_PASSWORD: passwordOf(name) }),
    })
    ada = await becomeAdministrator({ url: hub.url, link: (await hub.firstAdministratorLink()) ?? '' })
    organization = (await ada.call(getMe, {})).organization.id
  })
  afterAll(async () => {
    await hub?.[Symbol.asyncDispose]()
    await servers?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const connectAs = async (user: string): Promise<NatsConnection> =>
    await connect({
      servers: servers.urls.nats,
      user,
      pass: passwordOf(user),
      inboxPrefix: `_INBOX_${user}`,
    })

  it('let a hub work whose every process has only its own rights', async () => {
    await ada.call(createEnvironment, { name: 'Dev', colour: '#2f855a' })
    expect((await ada.call(listEnvironments, {})).items.map(({ name }) => name)).toEqual(['Dev'])
    for (const { process } of hub.members) expect(process.logged()).not.toMatch(/permissions violation/iu)
  })

  it('keep a service from answering, hearing and speaking for another', async () => {
    await using bus = await openNatsBus({
      url: servers.urls.nats,
      user: 'registry',
      password: passwordOf('registry'),
      inboxPrefix: '_INBOX_registry',
      onProblem: (problem) => void problems.push(problem),
    })
    const problems: string[] = []
    const heard: string[] = []
    await bus.respond('hub.qry.auth.get-me', 'auth', async () => ({ data: encode({ forged: true }) }))
    for (const pattern of ['hub.cmd.auth.>', 'hub.live.>', '_INBOX_gateway.>', 'hub.evt.>'])
      await bus.subscribe(
        pattern,
        ({ subject }) => void heard.push(subject),
        () => undefined,
      )
    await bus.publish(`hub.evt.${organization}.auth.SignedIn`, encode({}))
    await bus.publish(sessionRevokedSubject, encode({ userId: 'x' }))
    await expect.poll(() => problems.filter((each) => /permissions violation/iu.test(each)).length).toBe(8)
    expect((await ada.call(getMe, {})).user.name).toBe('Ada')
    expect(heard).toEqual([])
  })

  const now = Math.floor(Date.now() / 1000)
  const forged = createKeyPair()
  const claims = { org: 'org', perm: ['site:read'], name: 'Eve' }
  const tokens: [string, () => Promise<string | undefined>][] = [
    ['no token', async () => undefined],
    ['nonsense', async () => 'not.a.token'],
    [
      'a token signed by a key of its own',
      async () =>
        await createTokenSigner('gateway', forged.privateKey).sign({
          organization,
          actor: { kind: 'user', userId: 'eve', name: 'Eve', permissions: ['site:read'] },
        }),
    ],
    [
      'a token without signature',
      async () =>
        `${Buffer.from('{"alg":"none","kid":"gateway"}').toString('base64url')}.${Buffer.from(JSON.stringify({ ...claims, iss: 'gateway', sub: 'eve', aud: 'hub', iat: now, exp: now + 60 })).toString('base64url')}.`,
    ],
    [
      'an expired token',
      async () =>
        await new SignJWT(claims)
          .setProtectedHeader({ alg: 'EdDSA', kid: 'gateway' })
          .setIssuer('gateway')
          .setSubject('eve')
          .setAudience('hub')
          .setIssuedAt(now - 120)
          .setExpirationTime(now - 60)
          .sign(hub.privateKey('gateway')),
    ],
    [
      'a token that names another issuer than its key',
      async () =>
        await new SignJWT(claims)
          .setProtectedHeader({ alg: 'EdDSA', kid: 'sync' })
          .setIssuer('gateway')
          .setSubject('eve')
          .setAudience('hub')
          .setIssuedAt(now)
          .setExpirationTime(now + 60)
          .sign(hub.privateKey('sync')),
    ],
  ]
  it.each(tokens)('refuse a message straight to NATS with %s', async (_, makeToken) => {
    await using bus = await openNatsBus({
      url: servers.urls.nats,
      user: 'gateway',
      password: passwordOf('gateway'),
      inboxPrefix: '_INBOX_gateway',
    })
    const token = await makeToken()
    const headers = token === undefined ? {} : { [headerNames.token]: token }
    for (const { subject } of [listEnvironments, createEnvironment]) {
      const answer = await bus.request(subject, encode({}), { headers, timeoutMs: 5_000 })
      expect(answer.headers[headerNames.status]).toBe('refused')
      expect(decode(answer.data)).toMatchObject({ code: 'not-signed-in' })
    }
    expect((await ada.call(listEnvironments, {})).items).toHaveLength(1)
  })

  it('refuse an internal contract to whom it does not name', async () => {
    await using bus = await openNatsBus({
      url: servers.urls.nats,
      user: 'sync',
      password: passwordOf('sync'),
      inboxPrefix: '_INBOX_sync',
    })
    const token = await createTokenSigner('registry', hub.privateKey('registry')).sign({
      organization,
      actor: { kind: 'service', name: 'registry' },
    })
    const answer = await bus.request(getPermissions.subject, encode({ organizationId: organization, userId: 'x' }), {
      headers: { [headerNames.token]: token },
      timeoutMs: 5_000,
    })
    expect(decode(answer.data)).toMatchObject({ code: 'forbidden' })
  })

  it('keep a message that nobody understands as a dead letter, once, and go on', async () => {
    await using bus = await openNatsBus({
      url: servers.urls.nats,
      user: 'auth',
      password: passwordOf('auth'),
      inboxPrefix: '_INBOX_auth',
    })
    const count = async () =>
      ((await hub.of('sites')[0]?.health()) as { deadLetters?: number } | undefined)?.deadLetters
    expect(await count()).toBe(0)
    for (let n = 0; n < 3; n += 1) await bus.publish(sessionRevokedSubject, new TextEncoder().encode('{"userId":'))
    await expect.poll(count).toBe(1)
    expect((await ada.call(getMe, {})).user.name).toBe('Ada')
  })

  it.skipIf(python === undefined)(
    'let a client in another language follow one organization’s events, and nothing else [nats-py]',
    async () => {
      const user = natsUser('ci', subscriberPermissions('ci', organization))
      writeFileSync(configFile, natsConfig().replace('  users: [', `  users: [\n${user}`))
      servers.nats.reload()
      await expect
        .poll(async () => {
          const connection = await connectAs('ci').catch((error: unknown) => error)
          if (!(connection instanceof Error)) await (connection as NatsConnection).close()
          return connection instanceof Error
        })
        .toBe(false)
      expect(existsSync(python ?? '')).toBe(true)
      const script = join(import.meta.dirname, 'subscriber.py')
      const args = [script, servers.urls.nats, 'ci', passwordOf('ci'), organization, 'another-org', '2']
      const child = spawn(python ?? '', args, { stdio: ['ignore', 'pipe', 'inherit'] })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      expect((await lines.next()).value).toBe('ready')
      for (const name of ['Staging', 'Production']) await ada.call(createEnvironment, { name, colour: '#2f855a' })
      const told = JSON.parse((await lines.next()).value ?? '{}')
      expect(told.live).toEqual(['EnvironmentCreated', 'EnvironmentCreated'])
      expect(told.stored).toHaveLength(2)
      expect(told.elsewhere).toEqual([])
      expect(told.refused.join('\n')).not.toContain('NOT REFUSED')
      // Eight subscriptions and two publications beyond its rights, and a consumer.
      expect(told.refused.length).toBeGreaterThanOrEqual(11)
    },
  )
})
