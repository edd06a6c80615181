import { createPublicKey } from 'node:crypto'
import { connectNats, openNatsBus } from '@rancher-hub/bus/nats'
import { listEnvironments, type ResultOf } from '@rancher-hub/contracts'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { createKeyPair, createLogger, handleQuery, soleLeases, startService } from '@rancher-hub/service-kit'

/** Subject of the bare answers. */
export const BARE_SUBJECT = 'bench.bare'

/** What is answered: as many environments as a team has. */
export const answer: ResultOf<typeof listEnvironments> = {
  items: ['Development', 'Test', 'Staging', 'Production'].map((name, rank) => ({
    id: `6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f0${rank}`,
    name,
    colour: '#1f6feb',
    rank,
    protected: name === 'Production',
    instanceCount: rank,
    revision: 0,
  })),
}

/** A service of one handler, started as every service is. */
const startResponder = async (url: string, gatewayKey: string): Promise<void> => {
  const deps = {
    store: openMemoryEventStore(),
    models: openMemoryReadModels(),
    leases: soleLeases(),
    bus: await openNatsBus({ url }),
    log: createLogger({ level: 'error' }),
    privateKey: createKeyPair().privateKey,
    publicKeys: { gateway: createPublicKey(gatewayKey) },
    sinks: [],
  }
  const handlers = [handleQuery(listEnvironments, async () => answer)]
  const parts = { aggregates: [], projections: [], processManagers: [], publish: () => undefined }
  await startService({ name: 'sites', handlers, ...parts }, deps)
}

/** The same bytes from the client library alone, on a connection of its own. */
const startBareResponder = async (url: string): Promise<void> => {
  const connection = await connectNats({ url })
  const bytes = new TextEncoder().encode(JSON.stringify(answer))
  connection.subscribe(BARE_SUBJECT, {
    callback: (error, message) => {
      if (error === null) message.respond(bytes)
    },
  })
  await connection.flush()
}

/** Runs both until the process that measures has gone: `bus-responder.ts <NATS URL> <public key of the caller, PEM>`. */
const main = async ([url = '', gatewayKey = '']: readonly string[]): Promise<void> => {
  await startResponder(url, gatewayKey)
  await startBareResponder(url)
  process.once('disconnect', () => process.exit())
  process.send?.('ready')
}
if (import.meta.main) await main(process.argv.slice(2))
