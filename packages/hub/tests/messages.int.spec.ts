import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '@rancher-hub/api-client'
import { type NatsBus, openNatsBus } from '@rancher-hub/bus/nats'
import {
  createEnvironment,
  getMe,
  listEnvironments,
  progressSubject,
  sessionRevokedSubject,
} from '@rancher-hub/contracts'
import { createTokenSigner, decode, encode, headerNames } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { becomeAdministrator, programs } from './hub.fixtures.ts'

describe.skipIf(programs === undefined)('messages that come twice, late or in another order [servers]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'messages-'))
  let servers: Servers
  let hub: DistributedHub
  let bus: NatsBus
  let ada: ApiClient
  let token: string

  beforeAll(async () => {
    servers = await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'servers'))
    hub = await startDistributedHub({ servers, folder, replicas: 2 })
    ada = await becomeAdministrator({ url: hub.url, link: (await hub.firstAdministratorLink()) ?? '' })
    bus = await openNatsBus({ url: servers.urls.nats })
    const { user, organization } = await ada.call(getMe, {})
    token = await createTokenSigner('gateway', hub.privateKey('gateway')).sign({
      organization: organization.id,
      actor: {
        kind: 'user',
        userId: user.id,
        name: user.name,
        permissions: ['environment:read', 'environment:write'],
      },
    })
  })
  afterAll(async () => {
    await bus?.[Symbol.asyncDispose]()
    await hub?.[Symbol.asyncDispose]()
    await servers?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const names = async (): Promise<string[]> => (await ada.call(listEnvironments, {})).items.map(({ name }) => name)

  it('do what a command asks for once, whichever process gets it', async () => {
    const body = encode({ name: 'Dev', colour: '#2f855a' })
    const headers = { [headerNames.token]: token, [headerNames.correlationId]: 'the-same' }
    const send = async () => await bus.request(createEnvironment.subject, body, { headers, timeoutMs: 15_000 })
    const answers = await Promise.all([send(), send(), send(), send()])
    const statuses = answers.map((answer) => answer.headers[headerNames.status]).toSorted()
    expect(statuses).toEqual(['ok', 'refused', 'refused', 'refused'])
    for (const answer of answers)
      if (answer.headers[headerNames.status] === 'refused')
        expect(decode(answer.data)).toMatchObject({ code: 'name-taken' })
    expect(await names()).toEqual(['Dev'])
  })

  it('take no progress back that was told already', async () => {
    await ada.call(createEnvironment, { name: 'Staging', colour: '#2f855a' })
    for (const [position, state] of [
      [3, 'live'],
      [1, 'waiting'],
      [2, 'catching-up'],
      [1, 'waiting'],
    ] as const)
      await bus.publish(progressSubject('sites'), encode({ name: 'environments', position, state }))
    // The keeper's next heartbeat puts it right; nobody ever sees less than was there.
    for (let n = 0; n < 10; n += 1) expect(await names()).toEqual(['Dev', 'Staging'])
    for (const member of hub.of('sites')) expect((await member.health())?.ready).toBe(true)
    await ada.call(createEnvironment, { name: 'Production', colour: '#2f855a' })
    for (let n = 0; n < 10; n += 1) expect(await names()).toEqual(['Dev', 'Staging', 'Production'])
  })

  it('end a session once, however often that is told', async () => {
    const { user } = await ada.call(getMe, {})
    for (let n = 0; n < 3; n += 1) await bus.publish(sessionRevokedSubject, encode({ userId: user.id }))
    // Tokens are dropped, and the session, which has not ended, gives new ones.
    expect(await names()).toHaveLength(3)
  })
})
