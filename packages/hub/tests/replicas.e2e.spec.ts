import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ApiClient } from '@rancher-hub/api-client'
import { type CallInputOf, type Command, createEnvironment, listEnvironments, signIn } from '@rancher-hub/contracts'
import { startTcpProxy, type TcpProxy } from '@rancher-hub/tcp-proxy'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrashTarget, openSimulatedTarget } from '../src/crash/crash-target.ts'
import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { chromiumPath, openBrowser, signInAs } from './browser.fixtures.ts'
import { becomeAdministrator, createSession, programs } from './hub.fixtures.ts'
import { patiently, prepareSyncRounds } from './sync-rounds.fixtures.ts'

const SESSIONS = 100
const OBJECTS = 20

describe.skipIf(programs === undefined || chromiumPath === undefined)(
  'two replicas of every service under load, each killed once [servers, Chromium]',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'replicas-'))
    let servers: Servers
    let balancer: TcpProxy
    let url: string
    let hub: DistributedHub
    let target: CrashTarget
    let ada: ApiClient

    beforeAll(async () => {
      servers = await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'servers'))
      balancer = await startTcpProxy()
      url = `http://127.0.0.1:${balancer.port}`
      target = await openSimulatedTarget()
      hub = await startDistributedHub({
        servers,
        folder,
        replicas: 2,
        publicUrl: url,
        env: { HUB_TRUSTED_PROXIES: '127.0.0.1' },
      })
      balancer.use(hub.gateways.map((url) => Number(new URL(url).port)))
      ada = await becomeAdministrator({ url, link: (await hub.firstAdministratorLink()) ?? '' })
    })
    afterAll(async () => {
      await hub?.[Symbol.asyncDispose]()
      await target?.[Symbol.asyncDispose]()
      await balancer?.[Symbol.asyncDispose]()
      await servers?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    })

    it('loses no acknowledged command, writes nothing twice, and every browser recovers by itself', async () => {
      const rounds = await prepareSyncRounds(ada, target, OBJECTS)
      const stop = new AbortController()
      const acknowledged = new Set<string>()
      const failures: string[] = []

      const session = async (client: ApiClient, index: number): Promise<void> => {
        const call = async <C extends Command>(contract: C, input: CallInputOf<C>) =>
          await patiently<unknown>(
            async () => await client.call(contract, input),
            (error) => (error.code === 'name-taken' ? {} : undefined),
          )
        for (let round = 0; !stop.signal.aborted; round += 1) {
          await patiently(async () => await client.call(listEnvironments, {}))
          // Every tenth session writes now and then; the others read.
          if (index % 10 === 0 && round % 4 === 0) {
            const name = `Environment ${index}-${round}`
            await call(createEnvironment, { name, colour: '#2b6cb0' })
            acknowledged.add(name)
          }
          await pause(500 + ((index * 37) % 500))
        }
      }

      const browser = await openBrowser()
      const pages: Page[] = []
      for (let n = 0; n < 2; n += 1) {
        const page = await (await browser.newContext()).newPage()
        await signInAs(page, url)
        await page.goto(`${url}/settings/environments`)
        await page.getByText('Source', { exact: true }).first().waitFor()
        pages.push(page)
      }

      // One after the other: sign-in is limited per address and per account.
      const clients: ApiClient[] = []
      for (let index = 0; index < SESSIONS; index += 1) {
        const client = createSession(url, `10.1.0.${index + 1}`)
        await client.call(signIn, { username: 'ada', password: 'correct horse battery' })
        clients.push(client)
      }
      const sessions = clients.map(async (client, index) => {
        await session(client, index).catch((error: unknown) => failures.push(`session ${index}: ${String(error)}`))
      })
      const problems: string[] = []
      let synced = 0
      const syncing = (async () => {
        do {
          problems.push(...(await rounds.run()))
          synced += 1
        } while (!stop.signal.aborted)
      })()

      for (const member of hub.members) {
        await member.process.kill()
        await member.process.launch()
        await member.ready()
      }
      stop.abort()
      await Promise.all(sessions)
      await syncing

      expect(failures).toEqual([])
      expect(problems).toEqual([])
      expect(synced).toBeGreaterThan(1)
      expect(acknowledged.size).toBeGreaterThan(10)
      const list = async () => (await ada.call(listEnvironments, {})).items.map(({ name }) => name)
      await expect.poll(list, { timeout: 30_000 }).toEqual(expect.arrayContaining([...acknowledged]))
      const names = await list()
      expect(new Set(names).size).toBe(names.length)

      // Nobody touches the pages: they find their way back, and hear of what is new.
      await patiently(
        async () => await ada.call(createEnvironment, { name: 'After the storm', colour: '#c53030' }),
        (error) => (error.code === 'name-taken' ? { id: '' } : undefined),
      )
      for (const page of pages) {
        await page.getByText('After the storm').first().waitFor({ timeout: 60_000 })
        expect(await page.getByRole('status').filter({ hasText: 'interrupted' }).count()).toBe(0)
      }
      await browser.close()
    })
  },
)
