import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type ApiClient, ProblemError } from '@rancher-hub/api-client'
import {
  bindInstance,
  type CallInputOf,
  type Command,
  connectSite,
  createEnvironment,
  executeSync,
  getSync,
  listEnvironments,
  listSyncItems,
  planSync,
  signIn,
  terminalSyncStates,
} from '@rancher-hub/contracts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CrashTarget, openSimulatedTarget } from '../src/crash/crash-target.ts'

import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { startTcpProxy, type TcpProxy } from '../src/test-bed/tcp-proxy.ts'
import { chromiumPath, openBrowser } from './browser.fixtures.ts'
import { becomeAdministrator, createSession, programs } from './hub.fixtures.ts'

const SESSIONS = 100
const OBJECTS = 20

/** Tries again while parts of the hub change hands, as a careful client does. A repeated command may find its own work done. */
const patiently = async <T>(work: () => Promise<T>, isDone: (error: ProblemError) => T | undefined): Promise<T> => {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      const done = attempt > 0 ? isDone(error) : undefined
      if (done !== undefined) return done
      if ((error.status !== 503 && error.code !== 'unreachable') || attempt > 300) throw error
      await pause(100)
    }
  }
}

describe.skipIf(programs === undefined || chromiumPath === undefined)(
  'two replicas of every service under load, each killed once [servers, Chromium]',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'replicas-'))
    const namespaces = ['load-source', 'load-target'] as const
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

    const configPath = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`
    const nameOf = (index: number): string => `settings-${String(index).padStart(2, '0')}`
    const configMap = (index: number, version: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: nameOf(index) },
      data: { version, keep: 'this' },
    })

    const prepare = async (): Promise<{ source: string; target: string }> => {
      for (const namespace of namespaces) {
        await target.call('POST', '/api/v1/namespaces', {
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: namespace },
        })
        for (let index = 0; index < OBJECTS; index += 1)
          await target.call('POST', configPath(namespace), configMap(index, 'v0'))
      }
      const { id: siteId } = await ada.call(connectSite, { name: 'Load', connection: target.connection })
      const bind = async (name: string, namespace: string): Promise<string> => {
        const { id: environmentId } = await ada.call(createEnvironment, { name, colour: '#2f855a' })
        const clusterId = target.clusterId ?? ''
        return (await ada.call(bindInstance, { name, environmentId, siteId, clusterId, namespace })).id
      }
      return { source: await bind('Source', namespaces[0]), target: await bind('Target', namespaces[1]) }
    }

    /** Syncs one after the other until it is told to stop; returns how many there were. */
    const syncUntil = async (
      places: { source: string; target: string },
      signal: AbortSignal,
    ): Promise<{ rounds: number; problems: string[] }> => {
      const problems: string[] = []
      let rounds = 0
      do {
        rounds += 1
        for (let index = 0; index < OBJECTS; index += 1)
          await target.call('PATCH', `${configPath(namespaces[0])}/${nameOf(index)}`, {
            data: { version: `v${rounds}` },
          })
        const before = target.writes(namespaces[1]).length
        const items = Array.from({ length: OBJECTS }, (_, index) => ({
          object: { kind: 'ConfigMap' as const, name: nameOf(index) },
          selection: { mode: 'fields' as const, paths: ['data[version]'] },
        }))
        const { id: syncId } = await patiently(
          async () => await ada.call(planSync, { source: places.source, targets: [places.target], items }),
          () => undefined,
        )
        const state = async () =>
          await patiently(
            async () => await ada.call(getSync, { syncId }),
            () => undefined,
          )
        for (;;) {
          const sync = await state()
          if ((terminalSyncStates as readonly string[]).includes(sync.state)) break
          if (sync.state === 'planned')
            await patiently<unknown>(
              async () => await ada.call(executeSync, { syncId, planHash: sync.planHash ?? '' }),
              (error) => (error.code === 'wrong-state' ? {} : undefined),
            )
          await pause(50)
        }
        const ended = await state()
        if (ended.state !== 'completed') {
          const { items: found } = await ada.call(listSyncItems, { syncId })
          problems.push(`round ${rounds} ended as ${ended.state}: ${found.map(({ reason }) => reason).join('; ')}`)
        }
        const written = target
          .writes(namespaces[1])
          .slice(before)
          .filter(({ code }) => code < 300)
        const names = written.map(({ name }) => name)
        if (names.length !== OBJECTS || new Set(names).size !== OBJECTS)
          problems.push(
            `round ${rounds}: ${names.length} writes of ${new Set(names).size} objects instead of ${OBJECTS}`,
          )
      } while (!signal.aborted)
      return { rounds, problems }
    }

    it('loses no acknowledged command, writes nothing twice, and every browser recovers by itself', async () => {
      const places = await prepare()
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
          await patiently(
            async () => await client.call(listEnvironments, {}),
            () => undefined,
          )
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
        await page.goto(`${url}/sign-in`)
        await page.getByLabel('Sign-in name').fill('ada')
        await page.getByLabel('Password').fill('correct horse battery')
        await page.getByRole('button', { name: 'Sign in' }).click()
        await page.getByRole('heading', { name: 'Overview' }).waitFor()
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
      const syncing = syncUntil(places, stop.signal)

      for (const member of hub.members) {
        await member.process.kill()
        await member.process.launch()
        await member.ready()
      }
      stop.abort()
      await Promise.all(sessions)
      const { rounds, problems } = await syncing

      expect(failures).toEqual([])
      expect(problems).toEqual([])
      expect(rounds).toBeGreaterThan(1)
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
