import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bindInstance,
  compareInstances,
  createEnvironment,
  createIgnoreRule,
  ignoreRuleLimits,
  listInstances,
} from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { connectFleet } from '../demo.ts'
import { loadSettings, startHub } from '../start-hub.ts'
import { signIn } from './bench-session.ts'

const ROUNDS = 300

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

/**
 * What as many rules as there may be cost the comparison of `compare-warm`. A namespace is bound twice, once with rules
 * and once without; both are compared with the same source by turns, so that both meet the same load.
 */
export const run = async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hub-bench-'))
  await using fleet = await startFleet({ stepMs: 1, workloads: 200 })
  try {
    await using hub = await startHub(loadSettings({ HUB_DATA_DIR: dataDir, PORT: '0', HUB_LOG_LEVEL: 'silent' }))
    const { client } = await signIn(hub.url, await hub.firstAdministratorLink())
    await connectFleet(client, fleet)
    const { items } = await client.call(listInstances, {})
    const [dev, staging] = ['Dev', 'Staging'].map((name) => items.find(({ environment }) => environment.name === name))
    if (dev === undefined || staging === undefined) throw new Error('The fleet has no Dev and Staging')
    const { id: environmentId } = await client.call(createEnvironment, { name: 'Staging, ruled', colour: '#b7791f' })
    const { id: ruled } = await client.call(bindInstance, {
      name: 'shop staging, ruled',
      environmentId,
      siteId: staging.site.id,
      clusterId: staging.cluster.id,
      namespace: staging.namespace,
    })
    for (let index = 0; index < ignoreRuleLimits.perPlace; index += 1)
      await client.call(createIgnoreRule, {
        instanceId: ruled,
        match: { names: [`*-${index}`], paths: ['containers[*].env[LOG_*]'] },
        reason: 'Of a benchmark',
      })
    const compare = async (target: string): Promise<number> => {
      const begun = performance.now()
      await client.call(compareInstances, { instances: [dev.id, target], limit: 500 })
      return performance.now() - begun
    }
    for (const target of [staging.id, ruled]) await compare(target)
    const [without, under]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS; round += 1) {
      without.push(await compare(staging.id))
      under.push(await compare(ruled))
    }
    const ratio = median(under) / median(without)
    return {
      name: 'compare-rules',
      value: median(under),
      unit: `ms a comparison under ${ignoreRuleLimits.perPlace} rules, median`,
      against: { what: 'the same without rules, ms', value: median(without) },
      ratio,
      bar: 1.2,
      met: ratio <= 1.2,
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
