// What `npm start`, `npm run demo`, `npm test` and `npm run hub` call. Plain JavaScript for any Node ≥ 20, no dependencies:
// it brings what is missing (dependencies, the pinned Node, the built web) and hands over to the pinned Node.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const pinnedNode = join(root, 'node_modules/node/bin/node')
const say = (text) => process.stderr.write(`${text}\n`)
const fail = (text) => {
  say(text)
  process.exit(1)
}

const hashOf = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')

const filesBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.split(sep).some((part) => ['node_modules', 'dist', '.turbo'].includes(part)))
    .sort()

const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** Runs a step quietly; when it fails, everything it said is shown. */
const quietly = (what, command, args) => {
  say(`${what} …`)
  const done = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  })
  if (done.status !== 0)
    throw new Error(
      `${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}\n${what}: failed. The reason stands above.`,
    )
}

/** One installing or building process at a time in this folder; a dead holder's lock is taken over. */
const withLock = (work) => {
  const lock = join(root, '.setup-lock')
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const holder = Number(readStamp(join(lock, 'pid')))
      const age = Date.now() - (existsSync(lock) ? statSync(lock).mtimeMs : Date.now())
      const alive = holder > 0 ? isAlive(holder) : age < 10_000
      if (alive) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      else rmSync(lock, { recursive: true, force: true })
    }
  }
  try {
    writeFileSync(join(lock, 'pid'), String(process.pid))
    return work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const ensureInstalled = () => {
  const stamp = join(root, 'node_modules/.installed')
  const wanted = hashOf(readFileSync(join(root, 'pnpm-lock.yaml')), process.platform, process.arch)
  const isInstalled = () => readStamp(stamp) === wanted && existsSync(pinnedNode)
  if (isInstalled()) return
  withLock(() => {
    if (isInstalled()) return
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devEngines.packageManager
    const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx'
    quietly('Installing dependencies', npx, ['--yes', `pnpm@${version}`, 'install', '--frozen-lockfile'])
    writeFileSync(stamp, wanted)
  })
}

const webHash = () => {
  const sources = [
    ...filesBelow('web'),
    ...filesBelow('packages/contracts/src'),
    ...filesBelow('packages/api-client/src'),
  ]
  return hashOf(
    readFileSync(join(root, 'pnpm-lock.yaml')),
    ...sources.flatMap((file) => [file, readFileSync(join(root, file))]),
  )
}

const ensureWebBuilt = () => {
  const stamp = join(root, 'web/dist/.built')
  const wanted = webHash()
  if (readStamp(stamp) === wanted) return
  withLock(() => {
    if (readStamp(stamp) === wanted) return
    quietly('Building the web application', pinnedNode, [
      join(root, 'web/node_modules/vite/bin/vite.js'),
      'build',
      join(root, 'web'),
    ])
    writeFileSync(stamp, wanted)
  })
}

/** Hands over: the pinned Node with this process's terminal, signals and exit code. */
const handOver = (args) => {
  const child = spawn(pinnedNode, args, { stdio: 'inherit', cwd: root })
  const forward = (signal) => child.kill(signal)
  // Ctrl-C reaches the child through the terminal already; a second one would cut its graceful stop short.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', forward)
  process.on('SIGHUP', forward)
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}

const [command = 'start', ...rest] = process.argv.slice(2)
if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(
    `Rancher Hub needs Node 20 or newer to start; this is ${process.version}. Install a newer one from https://nodejs.org.`,
  )
}
const orFail = (work) => {
  try {
    work()
  } catch (error) {
    fail(error.message)
  }
}
orFail(ensureInstalled)
if (command === 'setup') say('Ready.')
else if (command === 'test') {
  orFail(ensureWebBuilt)
  handOver([join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...rest])
} else if (command === 'hub') {
  // Of the processes, only the gateway serves pages.
  if (rest[0] === 'service' && rest[1] === 'gateway') orFail(ensureWebBuilt)
  handOver([join(root, 'packages/hub/src/main.ts'), ...rest])
} else if (command === 'fleet') handOver([join(root, 'packages/fleet/src/main.ts'), ...rest])
else if (command === 'stand-in') handOver([join(root, 'packages/eventstoredb-stand-in/src/main.ts'), ...rest])
else if (command === 'start' || command === 'demo' || command === 'distributed') {
  orFail(ensureWebBuilt)
  handOver([join(root, 'packages/hub/src/main.ts'), command, ...rest])
} else fail(`Unknown command ${command}: start, demo, distributed, test, hub, fleet or stand-in.`)
