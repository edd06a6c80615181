import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiClient, createApiClient } from '@rancher-hub/api-client'
import { redeemLink } from '@rancher-hub/contracts'
import { createLogger } from '@rancher-hub/service-kit'
import { loadSettings, type RunningHub, startHub } from '../src/index.ts'

/** A client that keeps the session cookie, as a browser does. */
export const createSession = (url: string): ApiClient => {
  let cookie = ''
  const fetchWithCookie: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers)
    if (cookie !== '') headers.set('cookie', cookie)
    headers.set('origin', url)
    const response = await fetch(input, { ...init, headers })
    for (const each of response.headers.getSetCookie()) cookie = each.split(';', 1)[0] ?? ''
    return response
  }
  return createApiClient({ baseUrl: url, fetch: fetchWithCookie })
}

export interface TestHub extends FreshHub {
  readonly administrator: ApiClient
}

export interface FreshHub extends AsyncDisposable {
  readonly hub: RunningHub
  readonly dataDir: string
  /** The one-time link that a first start prints. */
  readonly link: string
  /** Everything that was logged. */
  readonly logged: () => string
}

/** A hub as it is after its very first start. */
export const openFreshHub = async (env: Readonly<Record<string, string>> = {}): Promise<FreshHub> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-'))
  const lines: string[] = []
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  const hub = await startHub(loadSettings({ HUB_DATA_DIR: dataDir, PORT: '0', ...env }), { log })
  return {
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

/** A hub of its own in a folder of its own, with an administrator who is signed in. */
export const openTestHub = async (env: Readonly<Record<string, string>> = {}): Promise<TestHub> => {
  const fresh = await openFreshHub(env)
  const administrator = createSession(fresh.hub.url)
  await administrator.call(redeemLink, {
    token: fresh.link.split('#')[1] ?? '',
    name: 'Ada',
    username: 'ada',
    password: 'correct horse battery',
    organizationName: 'Shop',
  })
  return { ...fresh, administrator, [Symbol.asyncDispose]: async () => await fresh[Symbol.asyncDispose]() }
}
