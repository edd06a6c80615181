import { Command } from 'commander'
import { startStandIn } from './server.ts'

const { port, data } = new Command('eventstoredb-stand-in')
  .description('Speaks as much of EventStoreDB’s protocol as the hub uses, on loopback; for tests')
  .option('--port <port>', 'port to listen on', '2113')
  .option('--data <file>', 'file with the data', ':memory:')
  .parse()
  .opts<{ readonly port: string; readonly data: string }>()

await using standIn = await startStandIn({ file: data, port: Number(port) })
process.stdout.write(`${standIn.url}\n`)
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
})
