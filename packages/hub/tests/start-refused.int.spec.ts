import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '@rancher-hub/service-kit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadSettings, StartRefusedError, startHub } from '../src/index.ts'

const log = createLogger({ level: 'silent' })

describe('starting the hub', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'hub-start-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const start = async (env: Readonly<Record<string, string>> = {}) =>
    await startHub(loadSettings({ HUB_DATA_DIR: dataDir, PORT: '0', ...env }), { log })
  const refusal = async (env?: Readonly<Record<string, string>>): Promise<string> => {
    const error: unknown = await start(env).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(StartRefusedError)
    return (error as Error).message
  }

  it('makes a master key that only its owner can read, once', async () => {
    const file = join(dataDir, 'keys/master.key')
    {
      await using hub = await start()
      expect(hub.folder.masterKeyIsNew).toBe(true)
    }
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const key = readFileSync(file, 'utf8')
    await using hub = await start()
    expect(hub.folder.masterKeyIsNew).toBe(false)
    expect(readFileSync(file, 'utf8')).toBe(key)
  })

  it('is refused on a folder that another hub holds, and possible when that one has ended', async () => {
    {
      await using _hub = await start()
      expect(await refusal()).toMatch(/Another hub is running/)
    }
    await using _again = await start()
  })

  it('is refused beyond loopback without TLS or an https address', async () => {
    expect(await refusal({ HUB_HOST: '0.0.0.0' })).toMatch(/HUB_TLS_CERT_FILE/)
    expect(existsSync(join(dataDir, 'events.db'))).toBe(false)
  })

  it('is refused on a port that is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await refusal({ PORT: String(port) })).toMatch(new RegExp(`Port ${port} .* is taken`))
    server.close()
  })

  it('is refused on data of a newer version, and without the key that the data needs', async () => {
    {
      await using _hub = await start()
    }
    rmSync(join(dataDir, 'keys/master.key'))
    expect(await refusal()).toMatch(/master key .* is missing/)
    writeFileSync(join(dataDir, 'version'), '99\n')
    expect(await refusal()).toMatch(/newer version/)
  })

  it('tells every problem of the settings at once, and no secret', () => {
    const env = { PORT: 'eighty', HUB_LOG_LEVEL: 'loud', HUB_MASTER_KEY: 'hunter2', HUB_MASTER_KEY_FILE: '/nowhere' }
    expect(() => loadSettings(env)).toThrow(/PORT[\s\S]*HUB_LOG_LEVEL|HUB_MASTER_KEY[\s\S]*PORT/)
    expect(() => loadSettings(env)).not.toThrow(/hunter2/)
    expect(() => loadSettings({ HUB_NATS_URL: 'nats://hub:hunter2/x@host' })).toThrow(/HUB_NATS_URL is set to \*\*\*/)
  })
})
