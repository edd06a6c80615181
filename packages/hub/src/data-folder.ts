import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefusedError } from './start-refused-error.ts'

/** Raise it when older code could not read what newer code writes. */
export const DATA_VERSION = 1

/** The data folder, held by this process until it is disposed (or dies: the operating system gives the lock back). */
export interface DataFolder extends Disposable {
  readonly path: string
  readonly eventsFile: string
  readonly modelsFile: (service: string) => string
  readonly controlSocket: string
  readonly masterKeyFile: string
  readonly masterKey: Buffer
  /** The master key was made by this start. */
  readonly masterKeyIsNew: boolean
}

const makeFolder = (path: string): void => {
  try {
    mkdirSync(join(path, 'keys'), { recursive: true, mode: 0o700 })
    accessSync(path, constants.W_OK)
  } catch (error) {
    throw new StartRefusedError(
      `The data folder ${path} cannot be written to (${(error as Error).message}); choose another one with HUB_DATA_DIR or mend its rights.`,
    )
  }
}

/** SQLite's exclusive lock dies with its process, unlike a file with a process id in it. */
const takeLock = (path: string): DatabaseSync => {
  const lock = new DatabaseSync(join(path, 'hub.lock'), { timeout: 0 })
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new StartRefusedError(
      `Another hub is running on the data folder ${path}; stop it, or choose another folder with HUB_DATA_DIR.`,
      { cause: error },
    )
  }
}

const checkVersion = (path: string): void => {
  const file = join(path, 'version')
  if (!existsSync(file)) writeFileSync(file, `${DATA_VERSION}\n`)
  const found = Number(readFileSync(file, 'utf8').trim())
  if (found > DATA_VERSION) {
    throw new StartRefusedError(
      `The data folder ${path} was written by a newer version of the hub (data version ${found}, this one knows ${DATA_VERSION}); start that version again.`,
    )
  }
  if (!Number.isInteger(found) || found < 1) {
    throw new StartRefusedError(
      `The data folder ${path} has a version file that is not a version; restore it from a backup.`,
    )
  }
}

const decodeKey = (text: string, from: string): Buffer => {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32)
    throw new StartRefusedError(`The master key in ${from} is not 32 bytes in base64; restore it from your backup.`)
  return key
}

const loadMasterKey = (path: string, given: string | undefined): { file: string; key: Buffer; isNew: boolean } => {
  const file = join(path, 'keys', 'master.key')
  if (given !== undefined) return { file, key: decodeKey(given, 'HUB_MASTER_KEY'), isNew: false }
  if (existsSync(file)) return { file, key: decodeKey(readFileSync(file, 'utf8'), file), isNew: false }
  if (existsSync(join(path, 'events.db'))) {
    throw new StartRefusedError(
      `The master key ${file} is missing, but there is data that needs it; restore the key from your backup.`,
    )
  }
  const key = randomBytes(32)
  writeFileSync(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  return { file, key, isNew: true }
}

/** Opens the data folder for this process alone. @throws StartRefusedError */
export const openDataFolder = (folder: string, masterKey?: string): DataFolder => {
  const path = resolve(folder)
  makeFolder(path)
  const lock = takeLock(path)
  try {
    checkVersion(path)
    const { file, key, isNew } = loadMasterKey(path, masterKey)
    return {
      path,
      eventsFile: join(path, 'events.db'),
      modelsFile: (service) => join(path, `models-${service}.db`),
      controlSocket: join(path, 'control.sock'),
      masterKeyFile: file,
      masterKey: key,
      masterKeyIsNew: isNew,
      [Symbol.dispose]: () => lock.close(),
    }
  } catch (error) {
    lock.close()
    throw error
  }
}
