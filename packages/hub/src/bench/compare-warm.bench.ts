import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareInstances, listInstances } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { connectFleet } from '../demo.ts'
import { loadSettings, startHub } from '../start-hub.ts'
import { signIn } from './bench-session.ts'

const ROUNDS = 400
/** Full comparisons a second that the predecessor answered on the same work (its own measurement). */
const PREDECESSOR = 13

/** Two instances with 200 and more workloads each, compared again and again through the gateway; the first is thrown away. */
export const run = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  await using fleet = await startFleet({ stepMs: 1, workloads: 200 })
  try {
    await using hub = await startHub(loadSettings({ HUB_DATA_DIR: dataDir, PORT: '0', HUB_LOG_LEVEL: 'silent' }))
    const { client } = await signIn(hub.url, await hub.firstAdministratorLink())
    await connectFleet(client, fleet)
    const { items } = await client.call(listInstances, {})
    const instances = items.filter(({ environment }) => environment.name !== 'Production').map(({ id }) => id)
    const compare = async (): Promise<number> => {
      const begun = performance.now()
      await client.call(compareInstances, { instances, limit: 500 })
      return performance.now() - begun
    }
    await compare()
    const begun = performance.now()
    const times: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) times.push(await compare())
    const perSecond = (ROUNDS / (performance.now() - begun)) * 1000
    times.sort((a, b) => a - b)
    return {
      name: 'compare-warm',
      value: perSecond,
      unit: `comparisons/s, one client, p50 ${times[ROUNDS / 2]?.toFixed(2)} ms through the gateway`,
      against: { what: 'predecessor, comparisons/s', value: PREDECESSOR },
      ratio: perSecond / PREDECESSOR,
      bar: 50,
      met: perSecond / PREDECESSOR >= 50,
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
