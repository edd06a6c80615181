import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFirstAdministratorLink } from '@rancher-hub/auth'
import type { CallerName } from '@rancher-hub/contracts'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { isLoopback } from '../listen-address.ts'
import { processNames } from '../process-names.ts'
import { StartRefusedError } from '../start-refused-error.ts'
import { loadGatewaySettings, loadProcessSettings, loadSitesSettings } from './config.ts'
import { createInternalKeys, parseMasterKey } from './internal-keys.ts'
import type { Environment } from './service-process.ts'
import { supervise } from './supervise.ts'

/** All six processes on this machine. */
export interface RunningDistributed extends AsyncDisposable {
  readonly url: string
  /** Resolves when a process could not start. */
  readonly refused: Promise<CallerName>
  /** A one-time link that creates the first administrator; undefined once there is one. Waits for the event store. */
  firstAdministratorLink(): Promise<string | undefined>
}

/** Keys for the processes of one start; other machines have no part in it. */
const makeKeys = () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-keys-'))
  const { privatePems, publicKeysJson } = createInternalKeys()
  const file = join(folder, 'public-keys.json')
  writeFileSync(file, publicKeysJson, { mode: 0o600 })
  return { file, privatePems, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** What each process is given: only `sites` gets the master key. */
const environmentOf = (env: Environment, keys: ReturnType<typeof makeKeys>, name: CallerName): Environment => {
  const { HUB_MASTER_KEY: masterKey, HUB_MASTER_KEY_FILE: masterKeyFile, ...rest } = env
  return {
    ...rest,
    HUB_INTERNAL_KEYS_FILE: keys.file,
    HUB_INTERNAL_KEY: keys.privatePems[name],
    ...(name === 'sites' ? { HUB_MASTER_KEY: masterKey, HUB_MASTER_KEY_FILE: masterKeyFile } : {}),
  }
}

/** Starts all six as children, each again when it dies. @throws ConfigError | StartRefusedError */
export const startDistributed = async (
  given: Environment,
  say: (text: string) => void,
): Promise<RunningDistributed> => {
  const keys = makeKeys()
  try {
    const { hub: gateway } = loadGatewaySettings(given)
    const env: Environment = { HUB_ALLOW_LOOPBACK_SITES: String(isLoopback(gateway.host)), ...given }
    // Everything that is wrong is said before anything starts.
    for (const name of processNames) loadProcessSettings(name, environmentOf(env, keys, name))
    parseMasterKey(loadSitesSettings(env).hub.masterKey)
    const { hub } = loadProcessSettings('auth', environmentOf(env, keys, 'auth'))
    const url = hub.publicUrl?.replace(/\/$/u, '') ?? `http://${gateway.host}:${gateway.port}`
    const supervised = supervise(processNames, (name) => environmentOf(env, keys, name), say)
    return {
      url,
      refused: supervised.refused,
      firstAdministratorLink: async () => {
        await using store = openEventStoreDb({ url: hub.eventstoredbUrl, prefix: hub.eventstoredbPrefix })
        return (await createFirstAdministratorLink({ store, publicUrl: url }))?.url
      },
      [Symbol.asyncDispose]: async () => {
        await supervised[Symbol.asyncDispose]()
        keys.remove()
      },
    }
  } catch (error) {
    keys.remove()
    throw error
  }
}

/** One sentence for a process that refused; it has told its own reason before. */
export const refusedBy = (name: CallerName): StartRefusedError =>
  new StartRefusedError(`${name} could not start; its reason stands above. Everything was stopped.`)
