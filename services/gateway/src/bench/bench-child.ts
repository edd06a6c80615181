import { startBareServer, startBenchHub } from './bench-hub.ts'

// One server a process, so that measuring takes nothing from it: `bench-child.ts hub <folder>` or `bench-child.ts bare <json>`.
const [, , kind, argument = ''] = process.argv
const server = kind === 'hub' ? await startBenchHub(argument) : await startBareServer(argument)
process.send?.(server)
process.once('disconnect', () => process.kill(process.pid))
