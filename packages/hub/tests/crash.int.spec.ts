import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCrashes } from '../src/crash/crash-run.ts'
import { type CrashTarget, openRealTarget, openSimulatedTarget } from '../src/crash/crash-target.ts'
import { DistributedCrashHub } from '../src/crash/distributed-crash-hub.ts'
import { type CrashHub, HubProcess } from '../src/crash/hub-process.ts'
import { type Shape, shapes } from './hub.fixtures.ts'

const kubeconfig = process.env['KUBECONFIG_REAL']
const audit = process.env['KUBE_AUDIT_LOG']

const createHub = (shape: Shape): CrashHub =>
  shape === 'standalone' ? new HubProcess(mkdtempSync(join(tmpdir(), 'hub-crash-'))) : new DistributedCrashHub()

const survives = async (target: CrashTarget, shape: Shape): Promise<void> => {
  const lines: string[] = []
  const hub = createHub(shape)
  const result = await runCrashes({ hub, target, kills: 3, objects: 50, seed: 7, say: (line) => void lines.push(line) })
  expect(result.violations, lines.join('\n')).toEqual([])
  expect(result.kills).toBe(3)
}

describe.each(shapes)('a hub killed in the middle of syncs, %s', (shape, possible) => {
  it.skipIf(!possible)('loses nothing and writes nothing twice on the simulated fleet', async () => {
    await using target = await openSimulatedTarget()
    await survives(target, shape)
  })

  it.skipIf(kubeconfig === undefined || audit === undefined || !possible)(
    'loses nothing and writes nothing twice on a real cluster [real Kubernetes]',
    async () => {
      await using target = openRealTarget(kubeconfig ?? '', audit ?? '')
      await survives(target, shape)
    },
  )
})
