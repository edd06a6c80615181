import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { openSqliteEventStore } from '@rancher-hub/event-store/sqlite'
import { isUnavailable, loadConfig } from '@rancher-hub/service-kit'
import { openDataFolder } from '../data-folder.ts'
import { eventStoreConfig } from '../distributed/config.ts'
import { migrateLog } from '../distributed/migrate.ts'
import type { RunningDistributed } from '../distributed/start-distributed.ts'
import { loadSettings } from '../start-hub.ts'
import { StartRefusedError } from '../start-refused-error.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Say = (text: string) => void

const ASK_AGAIN_MS = 500

/** Says where the hub is, and how to create its first administrator, as soon as that can be known. */
export const firstLinkWhenThere = async (
  running: Pick<RunningDistributed, 'url' | 'firstAdministratorLink'>,
  say: Say,
  stop: Promise<void>,
): Promise<void> => {
  let stopped = false
  void stop.then(() => {
    stopped = true
  })
  const isReady = async (): Promise<boolean> => {
    const response = await fetch(`${running.url}/health/ready`).catch((error: unknown) => error)
    return response instanceof Response && response.ok
  }
  while (!stopped && !(await isReady())) await pause(ASK_AGAIN_MS)
  while (!stopped) {
    try {
      const link = await running.firstAdministratorLink()
      say(`\nRancher Hub runs at ${running.url}`)
      if (link !== undefined)
        say(`\nCreate the administrator (this link works once, and only until the next start):\n\n  ${link}\n`)
      return
    } catch (error) {
      if (!isUnavailable(error)) throw error
      await pause(ASK_AGAIN_MS)
    }
  }
}

/** `hub migrate` */
export const migrateCommand = async (env: Environment, say: Say): Promise<void> => {
  const { eventstoredbUrl: url, eventstoredbPrefix: prefix } = loadConfig(
    { eventStore: eventStoreConfig },
    env,
  ).eventStore
  if (url === undefined)
    throw new StartRefusedError('HUB_EVENTSTOREDB_URL is not set; name the EventStoreDB to migrate into.')
  const { hub } = loadSettings(env)
  if (!existsSync(join(hub.dataDir, 'events.db')))
    throw new StartRefusedError(`${hub.dataDir} is no data folder of a hub; name the one to migrate with HUB_DATA_DIR.`)
  using folder = openDataFolder(hub.dataDir, hub.masterKey)
  await using from = openSqliteEventStore({ file: folder.eventsFile })
  await using to = openEventStoreDb({ url, prefix, timeoutMs: 10_000 })
  try {
    await to.check()
    let told = 0
    const { events } = await migrateLog(from, to, (done) => {
      if (done - told < 10_000) return
      told = done
      say(`${done} events …`)
    })
    say(`${events} events were copied and compared: both logs are the same.`)
    say(`Give \`sites\` the master key of this hub: HUB_MASTER_KEY_FILE=${folder.masterKeyFile}`)
  } catch (error) {
    if (isUnavailable(error))
      throw new StartRefusedError(`${(error as Error).message}. Repeat it: what was copied stays.`, { cause: error })
    throw error
  }
}
