import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiClient, createApiClient } from '@rancher-hub/api-client'
import { redeemLink } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { createLogger } from '@rancher-hub/service-kit'
import { loadSettings, type RunningHub, startHub } from '../src/index.ts'
import { type DistributedHub, startDistributedHub } from '../src/test-bed/distributed-hub.ts'
import { type Servers, serverPrograms, startServers } from '../src/test-bed/servers.ts'

/** A client that keeps the session cookie, as a browser does. `address`: where a trusted proxy says that it comes from. */
export const createSession = (url: string, address?: string): ApiClient => {
  let cookie = ''
  const fetchWithCookie: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    headers.set('origin', url)
    if (address !== undefined) headers.set('x-forwarded-for', address)
    const response = await fetch(input, { ...init, headers })
    for (const each of response.headers.getSetCookie()) cookie = each.split(';', 1)[0] ?? ''
    return response
  }
  return createApiClient({ baseUrl: url, fetch: fetchWithCookie })
}

/** The two ways to run. What a test expects of one it expects of the other. */
export type Shape = 'standalone' | 'distributed'

/** Servers for the distributed shape; undefined when this machine has none. */
export const programs = serverPrograms()
/** Shapes with whether this machine can run them. */
export const shapes: readonly (readonly [Shape, boolean])[] = [
  ['standalone', true],
  ['distributed', programs !== undefined],
]

export interface FreshHub extends AsyncDisposable {
  readonly url: string
  readonly store: EventStore
  /** Folder with everything that is stored. */
  readonly dataDir: string
  /** The one-time link that a first start prints. */
  readonly link: string
  /** Everything that was logged. */
  readonly logged: () => string
  /** Only in the standalone shape. */
  readonly hub: RunningHub
  /** Only in the distributed shape. */
  readonly distributed?: { readonly hub: DistributedHub; readonly servers: Servers } | undefined
}
export interface TestHub extends FreshHub {
  readonly administrator: ApiClient
}

const openStandalone = async (env: Readonly<Record<string, string>>): Promise<FreshHub> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-'))
  const lines: string[] = []
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  // Another build of the web application than the one in the folder, which a change may be replacing just now.
  const webDir = process.env['WEB_DIST']
  const hub = await startHub(loadSettings({ HUB_DATA_DIR: dataDir, PORT: '0', ...env }), { log, webDir })
  return {
    url: hub.url,
    store: hub.store,
    hub,
    dataDir,
    link: (await hub.firstAdministratorLink()) ?? '',
    logged: () => lines.join(''),
    [Symbol.asyncDispose]: async () => {
      await hub[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

const openDistributed = async (env: Readonly<Record<string, string>>): Promise<FreshHub> => {
  if (programs === undefined) throw new Error('NATS_SERVER and MONGODB_SERVER are not set')
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-distributed-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }))
  const servers = stack.use(await startServers(programs, join(dataDir, 'servers')))
  const hub = stack.use(await startDistributedHub({ servers, folder: dataDir, env }))
  const store = stack.use(openEventStoreDb({ url: servers.urls.eventStore }))
  const owned = stack.move()
  return {
    url: hub.url,
    store,
    get hub(): RunningHub {
      throw new Error('There is no one process in the distributed shape')
    },
    distributed: { hub, servers },
    dataDir,
    link: (await hub.firstAdministratorLink()) ?? '',
    logged: hub.logged,
    [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
  }
}

/** A hub as it is after its very first start. */
export const openFreshHub = async (
  env: Readonly<Record<string, string>> = {},
  shape: Shape = 'standalone',
): Promise<FreshHub> => (shape === 'standalone' ? await openStandalone(env) : await openDistributed(env))

/** Signs the first administrator in. */
export const becomeAdministrator = async ({ url, link }: Pick<FreshHub, 'url' | 'link'>): Promise<ApiClient> => {
  const administrator = createSession(url)
  await administrator.call(redeemLink, {
    token: link.split('#')[1] ?? '',
    name: 'Ada',
    username: 'ada',
    password: 'correct horse battery',
    organizationName: 'Shop',
  })
  return administrator
}

/** A hub of its own in a folder of its own, with an administrator who is signed in. */
export const openTestHub = async (
  env: Readonly<Record<string, string>> = {},
  shape: Shape = 'standalone',
): Promise<TestHub> => {
  const fresh = await openFreshHub(env, shape)
  const administrator = await becomeAdministrator(fresh)
  return Object.defineProperties({ administrator } as TestHub, Object.getOwnPropertyDescriptors(fresh))
}
