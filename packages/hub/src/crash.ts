import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { crashReport } from './crash/crash-report.ts'
import { runCrashes } from './crash/crash-run.ts'
import { openRealTarget, openSimulatedTarget } from './crash/crash-target.ts'
import { DistributedCrashHub } from './crash/distributed-crash-hub.ts'
import { HubProcess } from './crash/hub-process.ts'

const program = new Command('crash')
  .description('Kills the hub in the middle of syncs and checks that nothing is lost or written twice')
  .option('--kills <number>', 'how often', '30')
  .option('--objects <number>', 'objects in each sync', '50')
  .option('--seed <number>', 'for the moments of the kills', '1')
  .option('--kubeconfig <file>', 'a real cluster; default: the simulated fleet')
  .option('--audit <file>', 'its audit log (JSON lines)')
  .option('--distributed', 'kill sync, sites and gateway in turn; NATS_SERVER and MONGODB_SERVER name the servers')
  .option('--report <file>', 'write a report (markdown)')
  .parse()
const options = program.opts<{
  kills: string
  objects: string
  seed: string
  kubeconfig?: string
  audit?: string
  report?: string
  distributed?: boolean
}>()
const say = (line: string): void => void process.stdout.write(`${line}\n`)

await using target =
  options.kubeconfig === undefined
    ? await openSimulatedTarget()
    : openRealTarget(options.kubeconfig, options.audit ?? '')
const objects = Number(options.objects)
const hub =
  options.distributed === true ? new DistributedCrashHub() : new HubProcess(mkdtempSync(join(tmpdir(), 'hub-crash-')))
const result = await runCrashes({ hub, target, kills: Number(options.kills), objects, seed: Number(options.seed), say })
if (options.report !== undefined)
  writeFileSync(
    options.report,
    crashReport(hub.shape, target.name, objects, result, new Date().toISOString().slice(0, 10)),
  )
for (const violation of result.violations) say(violation)
say(`${result.rounds.length} syncs, ${result.kills} kills, ${result.violations.length} violations`)
process.exitCode = result.violations.length === 0 ? 0 : 1
