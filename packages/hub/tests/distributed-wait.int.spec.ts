import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processNames } from '../src/process-names.ts'
import { freePort, ServerProcess } from '../src/test-bed/server-process.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { createKeys, main } from './distributed-start.fixtures.ts'
import { programs } from './hub.fixtures.ts'

interface Health {
  readonly ready: boolean
  readonly problems: readonly string[]
}

const healthAt = async (port: number): Promise<Health | undefined> => {
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()) as Health
  } catch (error) {
    // Nobody listens there yet.
    if (error instanceof TypeError) return undefined
    throw error
  }
}

describe.skipIf(programs === undefined)('starting the distributed shape [servers]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-wait-'))
  const patient = { timeout: 60_000 }
  let servers: Servers
  let serverSettings: Readonly<Record<string, string>>

  beforeAll(async () => {
    servers = await startServers(programs ?? { nats: '', mongodb: [] }, folder)
    serverSettings = {
      PATH: process.env['PATH'] ?? '',
      HUB_NATS_URL: servers.urls.nats,
      HUB_EVENTSTOREDB_URL: servers.urls.eventStore,
      HUB_MONGODB_URL: servers.urls.mongodb,
    }
  })
  afterAll(async () => {
    await servers?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['NATS', 'nats'],
    ['EventStoreDB', 'eventStore'],
    ['MongoDB', 'mongodb'],
  ] as const)('waits for a %s that is away, says so, and goes on when it is there', async (name, key) => {
    const server = servers[key]
    const port = await freePort()
    const env = { ...serverSettings, ...createKeys(folder)('auth'), HUB_AUTH_HEALTH_PORT: String(port) }
    await server.kill()
    await using auth = new ServerProcess({ port, env, command: () => [process.execPath, main, 'service', 'auth'] })
    await auth.start()
    const problems = async () => (await healthAt(port))?.problems.join('\n')
    await expect.poll(problems, patient).toMatch(new RegExp(`${name} at 127\\.0\\.0\\.1:${server.port}`))
    expect((await healthAt(port))?.ready).toBe(false)
    expect(auth.logged()).toMatch(new RegExp(`"waitingFor":"${name}".*"msg":"waiting"`))
    await server.start()
    await expect.poll(async () => (await healthAt(port))?.ready, patient).toBe(true)
    expect(auth.logged()).toMatch(new RegExp(`"waitedFor":"${name}","msg":"there again"`))
    await auth.stop()
    expect(auth.exitCode).toBe(0)
  })

  it.each([
    ['NATS', 'nats'],
    ['EventStoreDB', 'eventStore'],
    ['MongoDB', 'mongodb'],
  ] as const)('ends when it is asked to while it waits for a %s', async (name, key) => {
    const port = await freePort()
    const env = { ...serverSettings, ...createKeys(folder)('auth'), HUB_AUTH_HEALTH_PORT: String(port) }
    await servers[key].kill()
    await using auth = new ServerProcess({ port, env, command: () => [process.execPath, main, 'service', 'auth'] })
    await auth.start()
    await expect.poll(() => auth.logged(), patient).toContain(`"waitingFor":"${name}"`)
    await auth.stop()
    expect(auth.exitCode).toBe(0)
    await servers[key].start()
  })

  it('makes six processes of one command, starts one again that ends, and ends all when it is asked to', async () => {
    const ports = Object.fromEntries(
      await Promise.all(processNames.map(async (name) => [name, await freePort()] as const)),
    )
    // A defect that throws once, soon after the start.
    const defect = join(folder, 'defect.mjs')
    writeFileSync(
      defect,
      `import { existsSync, writeFileSync } from 'node:fs'
       const told = ${JSON.stringify(join(folder, 'told'))}
       if (process.argv[3] === 'monitor' && !existsSync(told)) {
         writeFileSync(told, '')
         setTimeout(() => { throw new Error('a defect') }, 0)
       }`,
    )
    const url = `http://127.0.0.1:${await freePort()}`
    await using all = new ServerProcess({
      port: ports['gateway'] ?? 0,
      env: {
        ...serverSettings,
        NODE_OPTIONS: `--import=${defect}`,
        PORT: new URL(url).port,
        HUB_MASTER_KEY: randomBytes(32).toString('base64'),
        HUB_LOG_LEVEL: 'warn',
        ...Object.fromEntries(processNames.map((name) => [`HUB_${name.toUpperCase()}_HEALTH_PORT`, `${ports[name]}`])),
      },
      command: () => [process.execPath, main, 'distributed'],
    })
    const childrenOf = (): { readonly pid: number; readonly name: string }[] =>
      execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
        .split('\n')
        .map((line) => line.trim().split(/\s+/u))
        .filter(([, parent, ...args]) => parent === String(all.pid) && args.includes('service'))
        .map(([pid, ...rest]) => ({ pid: Number(pid), name: rest.at(-1) ?? '' }))
    const unready = async (): Promise<string[]> => {
      const states = processNames.map(async (name) => ({ name, ready: (await healthAt(ports[name] ?? 0))?.ready }))
      return (await Promise.all(states)).filter(({ ready }) => ready !== true).map(({ name }) => name)
    }

    await all.start()
    await expect.poll(unready, patient).toEqual([])
    await expect.poll(() => all.logged(), patient).toContain(`Rancher Hub runs at ${url}`)
    expect(all.logged()).toContain('monitor ended (exit code 1) and is started again in 0.5 s')

    const before = childrenOf()
    expect(before.map(({ name }) => name).toSorted()).toEqual([...processNames].toSorted())
    const victim = before.find(({ name }) => name === 'registry')
    process.kill(victim?.pid ?? 0, 'SIGKILL')
    await expect.poll(() => all.logged(), patient).toContain('registry ended (SIGKILL) and is started again in 0.5 s')
    await expect.poll(() => childrenOf().find(({ name }) => name === 'registry')?.pid, patient).toBeGreaterThan(0)
    await expect.poll(unready, patient).toEqual([])
    const after = childrenOf()
    expect(after.find(({ name }) => name === 'registry')?.pid).not.toBe(victim?.pid)

    await all.stop()
    expect(all.exitCode).toBe(0)
    for (const { pid } of after) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  })
})
