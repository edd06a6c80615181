import { describe, expect, it } from 'vitest'
import { runCrashes } from '../src/crash/crash-run.ts'
import { type CrashTarget, openRealTarget, openSimulatedTarget } from '../src/crash/crash-target.ts'

const kubeconfig = process.env['KUBECONFIG_REAL']
const audit = process.env['KUBE_AUDIT_LOG']

const survives = async (target: CrashTarget): Promise<void> => {
  const lines: string[] = []
  const result = await runCrashes({ target, kills: 3, objects: 50, seed: 7, say: (line) => void lines.push(line) })
  expect(result.violations, lines.join('\n')).toEqual([])
  expect(result.kills).toBe(3)
}

describe('a hub killed in the middle of syncs', () => {
  it('loses nothing and writes nothing twice on the simulated fleet', async () => {
    await using target = await openSimulatedTarget()
    await survives(target)
  })

  it.skipIf(kubeconfig === undefined || audit === undefined)(
    'loses nothing and writes nothing twice on a real cluster [real Kubernetes]',
    async () => {
      await using target = openRealTarget(kubeconfig ?? '', audit ?? '')
      await survives(target)
    },
  )
})
