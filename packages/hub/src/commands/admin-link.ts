import { createAdministratorLink } from '@rancher-hub/auth'
import type { EventStore } from '@rancher-hub/event-store'
import { loadConfig } from '@rancher-hub/service-kit'
import { askControl } from '../control.ts'
import { openDataFolder } from '../data-folder.ts'
import { eventStoreConfig } from '../distributed/config.ts'
import { loadSettings } from '../start-hub.ts'
import { StartRefusedError } from '../start-refused-error.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Say = (text: string) => void

const openDistributedStore = async (url: string, prefix: string): Promise<EventStore> => {
  const { openEventStoreDb } = await import('@rancher-hub/event-store/eventstoredb')
  const store = openEventStoreDb({ url, prefix })
  try {
    await store.check()
    return store
  } catch (error) {
    await store[Symbol.asyncDispose]()
    throw new StartRefusedError((error as Error).message, { cause: error })
  }
}

const inDataFolder = async (env: Environment, say: Say): Promise<void> => {
  const { hub } = loadSettings(env)
  const probe = (): ReturnType<typeof openDataFolder> | undefined => {
    try {
      return openDataFolder(hub.dataDir, hub.masterKey)
    } catch (error) {
      if (error instanceof StartRefusedError && error.message.startsWith('Another hub')) return undefined
      throw error
    }
  }
  using folder = probe()
  if (folder === undefined) {
    const reply = await askControl(`${hub.dataDir}/control.sock`, { command: 'administrator-link' })
    if (reply?.ok !== true)
      throw new StartRefusedError(
        `The running hub did not answer${reply === undefined ? '' : `: ${reply.error}`}; try again.`,
      )
    return say(reply.text)
  }
  const { openSqliteEventStore } = await import('@rancher-hub/event-store/sqlite')
  await using store = openSqliteEventStore({ file: folder.eventsFile })
  const publicUrl = hub.publicUrl ?? `http://${hub.host}:${hub.port}`
  say((await createAdministratorLink({ store, publicUrl })).url)
  say('The hub is not running: start it, then open the link.')
}

/** `hub admin link`: of the distributed hub when `HUB_EVENTSTOREDB_URL` is set, else of the data folder's. */
export const printAdministratorLink = async (env: Environment, say: Say): Promise<void> => {
  const { eventStore } = loadConfig({ eventStore: eventStoreConfig }, env)
  if (eventStore.eventstoredbUrl === undefined) return await inDataFolder(env, say)
  const { hub } = loadSettings(env)
  await using store = await openDistributedStore(eventStore.eventstoredbUrl, eventStore.eventstoredbPrefix)
  const publicUrl = hub.publicUrl ?? `http://${hub.host}:${hub.port}`
  say((await createAdministratorLink({ store, publicUrl })).url)
}
