import { type NatsConnection, PermissionViolationError } from '@nats-io/transport-node'
import type { ApiClient } from '@rancher-hub/api-client'
import {
  allContracts,
  createEnvironment,
  getMe,
  getPermissions,
  listEnvironments,
  listSyncs,
  sessionRevokedSubject,
} from '@rancher-hub/contracts'
import { createKeyPair, createTokenSigner, decode, encode, headerNames } from '@rancher-hub/service-kit'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DistributedHub } from '../src/test-bed/distributed-hub.ts'
import { programs } from './hub.fixtures.ts'
import { openSecuredHub, type SecuredHub } from './nats-users.fixtures.ts'

describe.skipIf(programs === undefined)('users and permissions on NATS [servers]', () => {
  let secured: SecuredHub
  let hub: DistributedHub
  let ada: ApiClient
  let organization: string

  beforeAll(async () => {
    secured = await openSecuredHub()
    ;({ hub, ada, organization } = secured)
  })
  afterAll(async () => await secured?.[Symbol.asyncDispose]())

  /** Subjects under which the server let a connection not speak or listen. */
  const violationsOf = (connection: NatsConnection): string[] => {
    const subjects: string[] = []
    void (async () => {
      for await (const status of connection.status())
        if (status.type === 'error' && status.error instanceof PermissionViolationError)
          subjects.push(status.error.subject)
    })()
    return subjects
  }

  it('let a hub work whose every process has only its own rights', async () => {
    await ada.call(createEnvironment, { name: 'Dev', colour: '#2f855a' })
    expect((await ada.call(listEnvironments, {})).items.map(({ name }) => name)).toEqual(['Dev'])
    for (const { process } of hub.members) expect(process.logged()).not.toMatch(/permissions violation/iu)
  })

  it('keep a service from answering, hearing and speaking for another', async () => {
    await using bus = await secured.busAs('registry', (problem) => void problems.add(problem))
    const problems = new Set<string>()
    const heard: string[] = []
    const patterns = ['hub.cmd.auth.>', 'hub.live.>', '_INBOX_gateway.>', '_TALK_gateway.>', 'hub.evt.>']
    await bus.respond('hub.qry.auth.get-me', 'auth', async () => ({ data: encode({ forged: true }) }))
    for (const pattern of patterns)
      await bus.subscribe(
        pattern,
        ({ subject }) => void heard.push(subject),
        () => undefined,
      )
    await bus.publish(`hub.evt.${organization}.auth.SignedIn`, encode({}))
    await bus.publish(sessionRevokedSubject, encode({ userId: 'x' }))
    const refused = [...patterns, 'hub.qry.auth.get-me', `hub.evt.${organization}.auth.SignedIn`, sessionRevokedSubject]
    for (const subject of refused) await expect.poll(() => [...problems].join('\n')).toContain(`to "${subject}"`)
    for (const subject of ['hub.qry.auth.get-me', ...patterns]) expect(bus.problem()).toContain(subject)
    expect((await ada.call(getMe, {})).user.name).toBe('Ada')
    expect(heard).toEqual([])
  })

  it('let who was asked answer once, and nobody else', async () => {
    const thief = await secured.connectAs('sync')
    const violations = violationsOf(thief)
    const asked: string[] = []
    // Not in the queue group: it hears what is asked of all replicas of its service.
    thief.subscribe(listSyncs.subject, { callback: (_, message) => void asked.push(message.reply ?? '') })
    await thief.flush()
    for (let n = 0; n < 2; n += 1) await ada.call(listSyncs, {})
    await expect.poll(() => asked.length).toBe(2)
    const [[inbox, id], [sameInbox, nextId]] = asked.map((reply) => [
      reply.slice(0, reply.lastIndexOf('.')),
      reply.slice(reply.lastIndexOf('.') + 1),
    ]) as [[string, string], [string, string]]
    expect(inbox).toBe(sameInbox)
    for (const each of [id, nextId]) expect(each).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/u)
    expect(id.slice(0, 8)).not.toBe(nextId.slice(0, 8))
    thief.publish(`${inbox}.1`, 'forged')
    thief.publish(`${inbox}.2`, 'forged')
    thief.publish(`${inbox}.${id}`, 'its own answer')
    thief.publish(`${inbox}.${id}`, 'a second answer')
    await thief.flush()
    await expect.poll(() => violations).toEqual([`${inbox}.1`, `${inbox}.2`, `${inbox}.${id}`])
    expect((await ada.call(getMe, {})).user.name).toBe('Ada')
    await thief.close()
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
    await using bus = await secured.busAs('gateway')
    const token = await makeToken()
    const headers = token === undefined ? {} : { [headerNames.token]: token }
    for (const { subject } of [listEnvironments, createEnvironment]) {
      const answer = await bus.request(subject, encode({}), { headers, timeoutMs: 5_000 })
      expect(answer.headers[headerNames.status]).toBe('refused')
      expect(decode(answer.data)).toMatchObject({ code: 'not-signed-in' })
    }
    expect((await ada.call(listEnvironments, {})).items).toHaveLength(1)
  })

  it('let streams through, which are many answers to one question', async () => {
    const streams = allContracts.filter(({ kind, service }) => kind === 'stream' && service === 'sites')
    expect(streams).not.toEqual([])
    const problems: string[] = []
    await using sync = await secured.busAs('sync', (problem) => void problems.push(problem))
    for (const { subject } of streams) {
      const statuses: (string | undefined)[] = []
      for await (const { headers } of sync.requestStream(subject, encode({}), { timeoutMs: 5_000 }))
        statuses.push(headers[headerNames.status])
      expect(statuses).toEqual(['refused'])
    }
    expect(problems).toEqual([])
  })

  it('refuse an internal contract to whom it does not name', async () => {
    await using bus = await secured.busAs('sync')
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
    await using bus = await secured.busAs('auth')
    const count = async () =>
      ((await hub.of('sites')[0]?.health()) as { deadLetters?: number } | undefined)?.deadLetters
    expect(await count()).toBe(0)
    for (let n = 0; n < 3; n += 1) await bus.publish(sessionRevokedSubject, new TextEncoder().encode('{"userId":'))
    await expect.poll(count).toBe(1)
    expect((await ada.call(getMe, {})).user.name).toBe('Ada')
  })
})
