import { openEventStoreDb } from '@rancher-hub/event-store/eventstoredb'
import { insertRaw } from '@rancher-hub/read-model/bench'
import { openMongoReadModels } from '@rancher-hub/read-model/mongodb'
import { newId, openLeases } from '@rancher-hub/service-kit'
import { syncLogProjection } from '@rancher-hub/sync'
import { withServers } from './bench-hub.ts'
import { measureRebuild, rebuildResult } from './rebuild-bench.ts'

const NAME = 'projection-rebuild-mongodb'

/** As `projection-rebuild`, from the EventStoreDB stand-in into MongoDB. Beside it: what the driver takes to insert the same documents. */
export const run = async () =>
  await withServers(NAME, async ({ urls }) => {
    await using store = openEventStoreDb({ url: urls.eventStore })
    await using models = openMongoReadModels({ url: urls.mongodb, database: 'bench' })
    const leases = await openLeases(models, newId(), () => new Date())
    const measured = await measureRebuild(store, models, leases)
    const docs = await Array.fromAsync((await models.collection(syncLogProjection.name)).scan())
    // In the order of the events: sorted ones are inserted faster.
    const inOrder = docs.toSorted((a, b) => (a._position ?? 0) - (b._position ?? 0))
    const writeMs = await insertRaw(urls.mongodb, inOrder, syncLogProjection.indexes)
    const { readMs, rebuildMs } = measured
    const beside = `: ${rebuildMs.toFixed(0)} ms for ${docs.length}; raw read ${readMs.toFixed(0)} ms, raw insert of the same documents ${writeMs.toFixed(0)} ms, rebuild ÷ both ${(rebuildMs / (readMs + writeMs)).toFixed(2)}`
    return rebuildResult(NAME, measured, beside)
  })
