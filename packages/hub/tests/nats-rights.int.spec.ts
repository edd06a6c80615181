import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNatsBus } from '@rancher-hub/bus/nats'
import { decode, encode } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { startNats } from '../src/test-bed/servers.ts'
import { programs } from './hub.fixtures.ts'

describe.skipIf(programs === undefined)('a bus whose user may not yet listen to everything [servers]', () => {
  it('says so, tries again, and works when the server has read its configuration again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nats-rights-'))
    const configFile = join(folder, 'nats.conf')
    const allow = (...subjects: string[]): void =>
      writeFileSync(
        configFile,
        `authorization { users: [{ user: a, password: a, permissions: { publish: ">", subscribe: ${JSON.stringify(['_INBOX.>', '_TALK.>', '_cancel.>', ...subjects])} } }] }`,
      )
    allow('old')
    await using server = await startNats(programs?.nats ?? '', folder, { configFile })
    const url = `nats://a:a@127.0.0.1:${server.port}`
    await using bus = await openNatsBus({ url })
    await bus.respond('old', 'q', async () => ({ data: encode('old') }))
    await bus.respond('new', 'q', async () => ({ data: encode('new') }))
    expect(bus.problem()).toMatch(/^NATS at 127\.0\.0\.1:\d+ does not let this user listen to new; /)
    const ask = async (subject: string) => decode((await bus.request(subject, encode({}), { timeoutMs: 5_000 })).data)
    expect(await ask('old')).toBe('old')
    allow('old', 'new')
    server.reload()
    await expect.poll(() => bus.problem(), { timeout: 20_000 }).toBeUndefined()
    expect(await ask('new')).toBe('new')
    allow('old')
    server.reload()
    await expect.poll(() => bus.problem(), { timeout: 20_000 }).toContain('listen to new')
    allow('old', 'new')
    await server.kill()
    await server.start()
    await expect.poll(() => bus.problem(), { timeout: 20_000 }).toBeUndefined()
    expect(await ask('new')).toBe('new')
    rmSync(folder, { recursive: true, force: true })
  })
})
