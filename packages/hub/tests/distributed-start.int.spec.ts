import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStandIn } from '@rancher-hub/eventstoredb-stand-in'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNats } from '../src/test-bed/servers.ts'
import { createKeys, runCommand } from './distributed-start.fixtures.ts'
import { programs } from './hub.fixtures.ts'

const secret = 's3cr3t'
const away = 'nats://127.0.0.1:1'

describe('a process of the distributed shape', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-refused-'))
  const keys = createKeys(folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const servers = {
    HUB_NATS_URL: away,
    HUB_EVENTSTOREDB_URL: 'esdb://127.0.0.1:1?tls=false',
    HUB_MONGODB_URL: 'mongodb://127.0.0.1:1',
  }
  /** One sentence (or one for each setting), the exit code that says so, no stack, no secret. */
  const expectRefusal = async (args: string[], env: Readonly<Record<string, string>>, sentence: RegExp) => {
    const { code, stdout, stderr } = await runCommand(args, { ...servers, ...keys(args[1] ?? ''), ...env })
    // Log lines are JSON; the sentence is for people.
    const sentences = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
    expect(sentences.filter((line) => line !== 'The configuration is not valid:')).toEqual([
      expect.stringMatching(sentence),
    ])
    expect(`${stdout}${stderr}`).not.toMatch(/^\s+at /mu)
    expect(`${stdout}${stderr}`).not.toContain(secret)
    expect(code).toBe(78)
  }

  it('has no master key, and does not start', async () => {
    await expectRefusal(['service', 'sites'], {}, /HUB_MASTER_KEY is not set \(HUB_MASTER_KEY_FILE/)
    await expectRefusal(['service', 'sites'], { HUB_MASTER_KEY: secret }, /^HUB_MASTER_KEY is not 32 bytes in base64/)
  })

  it('has the key of another service, or of another hub, and does not start', async () => {
    const other = keys('registry')
    for (const name of ['auth', 'gateway']) {
      const env = { HUB_INTERNAL_KEY: other['HUB_INTERNAL_KEY'] ?? '' }
      await expectRefusal(['service', name], env, new RegExp(`^HUB_INTERNAL_KEY is not the key of ${name} in `))
    }
  })

  const addresses: [string, string, RegExp][] = [
    [
      'HUB_NATS_URL',
      `nats://auth:${secret}/x@127.0.0.1:1`,
      /^ {2}- HUB_NATS_URL is set to \*\*\*: it has the form nats:/,
    ],
    [
      'HUB_NATS_URL',
      `http://auth:${secret}@127.0.0.1:1`,
      /^ {2}- HUB_NATS_URL is set to \*\*\*: it has the form nats:/,
    ],
    ['HUB_NATS_URL', `nats://127.0.0.1:1,${secret}`, /^ {2}- HUB_NATS_URL is set to \*\*\*: it has the form nats:/],
    [
      'HUB_MONGODB_URL',
      `mongo://hub:${secret}@db/hub`,
      /^ {2}- HUB_MONGODB_URL is set to \*\*\*: it has the form mongodb:/,
    ],
    [
      'HUB_MONGODB_URL',
      `mongodb://hub:x@${secret}@db/`,
      /^ {2}- HUB_MONGODB_URL is set to \*\*\*: it has the form mongodb:/,
    ],
    ['HUB_MONGODB_URL', `mongodb://hub:${secret}@db/?nonsense=${secret}`, /^The address of MongoDB \(db\) is not one/],
    [
      'HUB_EVENTSTOREDB_URL',
      `kurrentdb://admin:${secret}@h`,
      /^ {2}- HUB_EVENTSTOREDB_URL is set to \*\*\*: .* form esdb:/,
    ],
    [
      'HUB_EVENTSTOREDB_URL',
      `esdb://admin:${secret}%zz@h`,
      /^ {2}- HUB_EVENTSTOREDB_URL is set to \*\*\*: .* form esdb:/,
    ],
    [
      'HUB_EVENTSTOREDB_URL',
      `esdb://admin:${secret}@h?other=1`,
      /^ {2}- HUB_EVENTSTOREDB_URL .* its options are among/,
    ],
    [
      'HUB_EVENTSTOREDB_URL',
      `esdb://admin:${secret}@h?tlsVerifyCert=false`,
      /^ {2}- HUB_EVENTSTOREDB_URL .* options are among/,
    ],
    ['HUB_EVENTSTOREDB_URL', `esdb://admin:${secret}@127.0.0.1:1?tls=maybe`, /HUB_EVENTSTOREDB_URL/],
  ]
  it.each(addresses)('is given a malformed %s, and does not start: %s', async (name, address, sentence) => {
    await expectRefusal(['service', 'auth'], { [name]: address }, sentence)
  })

  it('is given credentials for NATS that are not there, and does not start', async () => {
    const sentence = /^HUB_NATS_CREDENTIALS_FILE names \/nowhere, which cannot be used: ENOENT/
    await expectRefusal(['service', 'gateway'], { HUB_NATS_CREDENTIALS_FILE: '/nowhere' }, sentence)
  })

  it('finds an EventStoreDB that is too old, and does not start', async () => {
    await using old = await startStandIn({ file: ':memory:', version: '22.10.4' })
    const sentence = /^EventStoreDB at 127\.0\.0\.1:\d+ is version 22\.10\.4; the hub needs 23\.10 or newer\.$/
    await expectRefusal(['service', 'auth'], { HUB_EVENTSTOREDB_URL: old.url }, sentence)
  })

  // Of MongoDB that cannot be tried here: the server that speaks its protocol knows no users.
  describe.skipIf(programs === undefined)('with wrong credentials for NATS [servers]', () => {
    let nats: Awaited<ReturnType<typeof startNats>>
    beforeAll(async () => {
      const configFile = join(folder, 'nats.conf')
      writeFileSync(configFile, 'authorization { users: [{ user: auth, password: right }] }')
      nats = await startNats(programs?.nats ?? '', folder, { configFile })
    })
    afterAll(async () => await nats?.[Symbol.asyncDispose]())

    const sentence = /^NATS at 127\.0\.0\.1:\d+ refuses these credentials; check HUB_NATS_USER/

    it('does not start', async () => {
      const HUB_NATS_URL = `nats://127.0.0.1:${nats.port}`
      await expectRefusal(
        ['service', 'auth'],
        { HUB_NATS_URL, HUB_NATS_USER: 'auth', HUB_NATS_PASSWORD: secret },
        sentence,
      )
      await expectRefusal(
        ['service', 'gateway'],
        { HUB_NATS_URL: `nats://auth:${secret}@127.0.0.1:${nats.port}` },
        sentence,
      )
    })

    it('ends all others that were started with it', async () => {
      const { code, stdout, stderr } = await runCommand(['distributed'], {
        ...servers,
        HUB_MASTER_KEY: Buffer.alloc(32).toString('base64'),
        HUB_NATS_URL: `nats://auth:${secret}@127.0.0.1:${nats.port}`,
        PORT: '0',
        ...Object.fromEntries(
          ['GATEWAY', 'AUTH', 'SITES', 'SYNC', 'REGISTRY', 'MONITOR'].map((name) => [`HUB_${name}_HEALTH_PORT`, '0']),
        ),
      })
      expect(stderr).toMatch(/^NATS at 127\.0\.0\.1:\d+ refuses these credentials/m)
      expect(stderr).toMatch(/could not start; its reason stands above\. Everything was stopped\.\n$/)
      expect(`${stdout}${stderr}`).not.toContain(secret)
      expect(code).toBe(78)
    })
  })
})
