import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '@rancher-hub/api-client'
import type { CallerName } from '@rancher-hub/contracts'
import { type DistributedHub, startDistributedHub } from '../test-bed/distributed-hub.ts'
import { type Servers, serverPrograms, startServers } from '../test-bed/servers.ts'
import { type CrashHub, cookieClient } from './hub-process.ts'

/** Killed in turn: who orchestrates, who writes, who answers. */
const victims: readonly CallerName[] = ['sync', 'sites', 'gateway']

/** The distributed hub, one process after the other killed. */
export class DistributedCrashHub implements CrashHub {
  readonly shape = 'distributed (NATS, EventStoreDB stand-in, MongoDB-wire server)'
  readonly #folder = mkdtempSync(join(tmpdir(), 'hub-crash-'))
  readonly #cookie = { text: '' }
  #servers: Servers | undefined
  #hub: DistributedHub | undefined
  #kills = 0

  async start(): Promise<string | undefined> {
    if (this.#hub !== undefined) {
      for (const member of this.#hub.members) {
        if (member.process.exitCode !== null || member.process.wasKilled) await member.process.launch()
      }
      await Promise.all(this.#hub.members.map(async (member) => await member.ready()))
      return undefined
    }
    const programs = serverPrograms()
    if (programs === undefined) throw new Error('NATS_SERVER and MONGODB_SERVER name no servers')
    this.#servers = await startServers(programs, join(this.#folder, 'servers'))
    this.#hub = await startDistributedHub({
      servers: this.#servers,
      folder: this.#folder,
      env: { HUB_LOG_LEVEL: 'warn' },
    })
    return await this.#hub.firstAdministratorLink()
  }

  async kill(): Promise<string> {
    const name = victims[this.#kills % victims.length] ?? 'sync'
    this.#kills += 1
    for (const member of this.#hub?.of(name) ?? []) await member.process.kill()
    return name
  }

  async end(): Promise<void> {
    await this.#hub?.[Symbol.asyncDispose]()
    await this.#servers?.[Symbol.asyncDispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  client(): ApiClient {
    return cookieClient(this.#hub?.url ?? '', this.#cookie)
  }
}
