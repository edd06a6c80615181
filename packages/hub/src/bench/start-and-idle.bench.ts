import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { residentMb } from './resident-memory.ts'

const IDLE_MS = 5_000

const startOnce = async (dataDir: string) => {
  const begun = performance.now()
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'start'], {
    env: { PATH: process.env['PATH'] ?? '', HUB_DATA_DIR: dataDir, PORT: '0', HUB_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /runs at (\S+)/.exec(line)?.[1]
    if (url === undefined) continue
    while ((await fetch(`${url}/health/ready`)).status !== 200) await wait(10)
    break
  }
  child.stdout.resume()
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit')
    child.kill('SIGTERM')
    await gone
  }
  return { readyMs: performance.now() - begun, pid: child.pid ?? 0, stop }
}

/** A warm start (the data folder is there) until ready, and memory after five idle seconds. */
export const run = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  try {
    await (await startOnce(dataDir)).stop()
    const { readyMs, pid, stop } = await startOnce(dataDir)
    await wait(IDLE_MS)
    const rss = residentMb(pid)
    await stop()
    return {
      name: 'start-and-idle',
      value: readyMs,
      unit: `ms to ready; ${rss.toFixed(0)} MB RSS idle (bar 200)`,
      against: { what: 'bar, ms', value: 3000 },
      ratio: readyMs / 3000,
      bar: 1,
      met: readyMs < 3000 && rss < 200,
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
