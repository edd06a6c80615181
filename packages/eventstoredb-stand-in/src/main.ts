import { Command } from 'commander'
import { startControl } from './control.ts'
import { startStandIn } from './server.ts'

const { port, data, control } = new Command('eventstoredb-stand-in')
  .description('Speaks as much of EventStoreDB’s protocol as the hub uses, on loopback; for tests')
  .option('--port <port>', 'port to listen on', '2113')
  .option('--data <file>', 'file with the data', ':memory:')
  .option('--control <port>', 'port on which faults are switched over HTTP: GET tells them, PATCH takes {"hang": true}')
  .parse()
  .opts<{ readonly port: string; readonly data: string; readonly control?: string }>()

await using running = new AsyncDisposableStack()
const standIn = running.use(await startStandIn({ file: data, port: Number(port) }))
process.stdout.write(`${standIn.url}\n`)
if (control !== undefined) {
  const faults = running.use(await startControl(standIn.faults, Number(control)))
  process.stdout.write(`${faults.url}\n`)
}
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
})
