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

export interface TestHub extends AsyncDisposable {
  readonly hub: RunningHub
  readonly dataDir: string
  readonly administrator: ApiClient
  /** Everything that was logged. */
  readonly logged: () => string
}

/** A hub of its own in a folder of its own, with an administrator who is signed in. */
export const openTestHub = async (env: Readonly<Record<string, string>> = {}): Promise<TestHub> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-'))
  const lines: string[] = []
  const log = createLogger({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } })
  const settings = loadSettings({ HUB_DATA_DIR: dataDir, PORT: '0', ...env })
  const hub = await startHub(settings, { log })
  const administrator = createSession(hub.url)
  const link = await hub.firstAdministratorLink()
  await administrator.call(redeemLink, { token: link?.split('#')[1] ?? '', name: 'Ada', username: 'ada', password: 'correct horse battery', organizationName: 'Shop' })
  return {
    hub,
    dataDir,
    administrator,
    logged: () => lines.join(''),
    [Symbol.asyncDispose]: async () => {
      await hub[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
