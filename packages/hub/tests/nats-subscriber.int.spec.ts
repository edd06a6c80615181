import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createEnvironment, sessionRevokedSubject } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { programs } from './hub.fixtures.ts'
import { openSecuredHub, passwordOf } from './nats-users.fixtures.ts'

/** An interpreter that has nats-py. */
const python = process.env['PYTHON_NATS']
const missing = programs === undefined || python === undefined

describe.skipIf(missing)('a client in another language [servers, nats-py]', () => {
  it('follows one organization’s events, and nothing else', async () => {
    await using secured = await openSecuredHub()
    const { servers, ada, organization } = secured
    const main = join(import.meta.dirname, '../src/main.ts')
    const hub = (args: string[], env: Record<string, string> = {}) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: 'utf8' })
      return { status, stdout, stderr }
    }
    const create = (of: string, env: Record<string, string>) =>
      hub(['nats', 'subscriber', '--user', 'ci', '--organization', of, '--create'], env)
    const as = (name: string) => ({
      HUB_NATS_URL: servers.urls.nats,
      HUB_NATS_USER: name,
      HUB_NATS_PASSWORD: passwordOf(name),
    })
    await secured.configure(hub(['nats', 'config', '--subscriber', `ci=${organization}`]).stdout)
    const account = hub(['nats', 'subscriber', '--user', 'ci', '--organization', organization]).stdout
    expect(hub(['nats', 'config', '--subscriber', `ci=${organization}`]).stdout).toContain(account)
    for (const taken of ['auth=x', 'administrator=x', 'a b=x', 'ci', 'ci=hub.>'])
      expect(hub(['nats', 'config', '--subscriber', taken])).toMatchObject({ status: 78, stdout: '' })
    expect(create(organization, as('ci'))).toMatchObject({ status: 78, stdout: '' })
    for (let n = 0; n < 2; n += 1)
      expect(create(organization, as('administrator'))).toMatchObject({ status: 0, stderr: '' })
    expect(create('another-org', as('administrator')).stderr).toMatch(/another consumer «ci»/)
    const sites = await secured.connectAs('sites')
    const misled: string[] = []
    for (const subject of [sessionRevokedSubject, 'hub.cmd.sites.connect-site'])
      sites.subscribe(subject, { callback: (_, message) => void misled.push(message.string()) })
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
    // Subscriptions and publications beyond its rights, and every way to make a consumer.
    expect(told.refused.length).toBeGreaterThanOrEqual(17)
    await sites.flush()
    expect(misled).toEqual([])
    await sites.close()
  })
})
