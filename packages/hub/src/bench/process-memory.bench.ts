import { setTimeout as wait } from 'node:timers/promises'
import { getMe, listEnvironments, listInstances, listSyncs } from '@rancher-hub/contracts'
import { type BenchHub, withDistributedHub } from './bench-hub.ts'
import { residentMb } from './resident-memory.ts'

const IDLE_MS = 5_000
const REQUESTS = 2_000
const AT_ONCE = 20
/** What the standalone hub, which is all of them in one, may take when idle. */
const STANDALONE_MB = 200

const measure = ({ hub }: BenchHub): readonly { readonly name: string; readonly mb: number }[] =>
  hub.members.map(({ name, process }) => ({ name, mb: residentMb(process.pid ?? 0) }))

/** Reads of every service that answers pages. */
const load = async ({ client }: BenchHub): Promise<void> => {
  const reads = [
    async () => await client.call(getMe, {}),
    async () => await client.call(listEnvironments, {}),
    async () => await client.call(listInstances, {}),
    async () => await client.call(listSyncs, {}),
  ]
  const worker = async (): Promise<void> => {
    for (let left = REQUESTS / AT_ONCE; left > 0; left -= 1) await reads[left % reads.length]?.()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Memory of each process of the distributed hub, idle after its start (the largest counts, as for the standalone hub) and after 2,000 reads. */
export const run = async () =>
  await withDistributedHub('process-memory', async (bench) => {
    await wait(IDLE_MS)
    const idle = measure(bench)
    await load(bench)
    await wait(IDLE_MS)
    const after = measure(bench)
    const sum = (all: ReturnType<typeof measure>): string => all.reduce((total, { mb }) => total + mb, 0).toFixed(0)
    const largest = Math.max(...idle.map(({ mb }) => mb))
    const each = idle.map(({ name, mb }, index) => `${name} ${mb.toFixed(0)} → ${after[index]?.mb.toFixed(0)}`)
    return {
      name: 'process-memory',
      value: largest,
      unit: `MB RSS, the largest process when idle; idle → after ${REQUESTS} requests: ${each.join(', ')}; together ${sum(idle)} → ${sum(after)}`,
      against: { what: 'bar of the standalone hub, idle, MB', value: STANDALONE_MB },
      ratio: largest / STANDALONE_MB,
      bar: 1,
      met: largest <= STANDALONE_MB,
    }
  })
