import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, ServerProcess } from './server-process.ts'

/** Programs of the real servers that a machine has: `NATS_SERVER` and `MONGODB_SERVER` (port and data file follow). */
export const serverPrograms = (
  env: NodeJS.ProcessEnv = process.env,
): { readonly nats: string; readonly mongodb: readonly string[] } | undefined => {
  const { NATS_SERVER: nats, MONGODB_SERVER: mongodb } = env
  return nats === undefined || mongodb === undefined ? undefined : { nats, mongodb: mongodb.split(' ') }
}

/** The servers of the distributed shape, with their data in one folder. */
export interface Servers extends AsyncDisposable {
  readonly nats: ServerProcess
  readonly eventStore: ServerProcess
  readonly mongodb: ServerProcess
  readonly urls: { readonly nats: string; readonly eventStore: string; readonly mongodb: string }
}

const standIn = join(import.meta.dirname, '../../../eventstoredb-stand-in/src/main.ts')

/** Starts a NATS server. `configFile`: its users and permissions. */
export const startNats = async (
  program: string,
  folder: string,
  options: { readonly configFile?: string | undefined; readonly env?: NodeJS.ProcessEnv | undefined } = {},
): Promise<ServerProcess> => {
  const nats = new ServerProcess({
    port: await freePort(),
    env: { PATH: process.env['PATH'], ...options.env },
    command: (port) => [
      program,
      ...['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(folder, 'nats')],
      ...(options.configFile === undefined ? [] : ['-c', options.configFile]),
    ],
  })
  await nats.start()
  return nats
}

/** Starts the EventStoreDB stand-in as a process. */
export const startEventStore = async (folder: string): Promise<ServerProcess> => {
  const eventStore = new ServerProcess({
    port: await freePort(),
    command: (port) => [process.execPath, standIn, '--port', String(port), '--data', join(folder, 'eventstoredb.db')],
  })
  await eventStore.start()
  return eventStore
}

/** Starts the MongoDB-wire server. */
export const startMongodb = async (program: readonly string[], folder: string): Promise<ServerProcess> => {
  const mongodb = new ServerProcess({
    port: await freePort(),
    command: (port) => [...program, String(port), join(folder, 'mongodb.mv')],
  })
  await mongodb.start()
  return mongodb
}

/** Starts all three. */
export const startServers = async (
  programs: NonNullable<ReturnType<typeof serverPrograms>>,
  folder: string,
  natsOptions: Parameters<typeof startNats>[2] = {},
): Promise<Servers> => {
  mkdirSync(folder, { recursive: true })
  await using stack = new AsyncDisposableStack()
  const nats = stack.use(await startNats(programs.nats, folder, natsOptions))
  const eventStore = stack.use(await startEventStore(folder))
  const mongodb = stack.use(await startMongodb(programs.mongodb, folder))
  const owned = stack.move()
  return {
    nats,
    eventStore,
    mongodb,
    urls: {
      nats: `nats://127.0.0.1:${nats.port}`,
      eventStore: `esdb://127.0.0.1:${eventStore.port}?tls=false`,
      mongodb: `mongodb://127.0.0.1:${mongodb.port}`,
    },
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}
