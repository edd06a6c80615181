import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { ApiClient } from '@rancher-hub/api-client'
import { type NatsBus, openNatsBus } from '@rancher-hub/bus/nats'
import type { CallerName } from '@rancher-hub/contracts'
import { getMe } from '@rancher-hub/contracts'
import { natsConfig } from '../src/distributed/nats-config.ts'
import { processNames } from '../src/process-names.ts'
import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { type Servers, startServers } from '../src/test-bed/servers.ts'
import { becomeAdministrator, programs } from './hub.fixtures.ts'

export const passwordOf = (user: string): string => `password-of-${user}`
const passwords = Object.fromEntries(
  [...processNames, 'administrator', 'ci'].map((user) => [`HUB_NATS_PASSWORD_${user.toUpperCase()}`, passwordOf(user)]),
)

/** A distributed hub whose every process has its own user on NATS. */
export interface SecuredHub extends AsyncDisposable {
  readonly servers: Servers
  readonly hub: DistributedHub
  readonly ada: ApiClient
  readonly organization: string
  /** Starts NATS again with another configuration. */
  configure(configuration: string): Promise<void>
  connectAs(user: string): Promise<NatsConnection>
  busAs(name: CallerName, onProblem?: (problem: string) => void): Promise<NatsBus>
}

export const openSecuredHub = async (): Promise<SecuredHub> => {
  const folder = mkdtempSync(join(tmpdir(), 'nats-users-'))
  const configFile = join(folder, 'nats.conf')
  writeFileSync(configFile, natsConfig())
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const nats = { configFile, env: passwords }
  const servers = stack.use(await startServers(programs ?? { nats: '', mongodb: [] }, join(folder, 'servers'), nats))
  const envOf = (name: CallerName) => ({ HUB_NATS_USER: name, HUB_NATS_PASSWORD: passwordOf(name) })
  const hub = stack.use(await startDistributedHub({ servers, folder, envOf }))
  const ada = await becomeAdministrator({ url: hub.url, link: (await hub.firstAdministratorLink()) ?? '' })
  const { organization } = await ada.call(getMe, {})
  const owned = stack.move()
  return {
    servers,
    hub,
    ada,
    organization: organization.id,
    configure: async (configuration) => {
      writeFileSync(configFile, configuration)
      // Not a reload: nats-server 2.15 makes the way from a new account to JetStream's API only when it starts.
      await servers.nats.kill()
      await servers.nats.start()
      await Promise.all(hub.members.map(async (member) => await member.ready()))
    },
    connectAs: async (user) =>
      await connect({ servers: servers.urls.nats, user, pass: passwordOf(user), inboxPrefix: `_INBOX_${user}` }),
    busAs: async (name, onProblem) =>
      await openNatsBus({
        url: servers.urls.nats,
        user: name,
        password: passwordOf(name),
        inboxPrefix: `_INBOX_${name}`,
        onProblem,
      }),
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}
