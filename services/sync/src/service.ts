import type { EventStore } from '@rancher-hub/event-store'
import type { ReadModels } from '@rancher-hub/read-model'
import type { Service } from '@rancher-hub/service-kit'
import { createCompareInstances } from './features/compare/compare-instances.ts'
import { compareObjectsFeature } from './features/compare/compare-objects.ts'
import { createContentCache } from './features/compare/content-cache.ts'
import { createSnapshots } from './features/compare/inventory-snapshots.ts'
import { createPreviewIgnoreRules } from './features/compare/preview-ignore-rules.ts'
import { executeSyncFeatures } from './features/execute-sync/execute-sync.ts'
import { createHistoryQueries } from './features/history/history.queries.ts'
import { syncItemsProjection } from './features/history/sync-items.projection.ts'
import { syncLogProjection } from './features/history/sync-log.projection.ts'
import { syncsProjection } from './features/history/syncs.projection.ts'
import { planSyncFeature } from './features/plan-sync/plan-sync.ts'
import { runSync } from './features/run-sync/run-sync.ts'
import { createPublish } from './publish.ts'
import { syncAggregate } from './sync/sync.ts'

export { syncLogProjection } from './features/history/sync-log.projection.ts'

/** Everything the sync service consists of. */
export const createSyncService = async (deps: {
  readonly store: EventStore
  readonly models: ReadModels
}): Promise<Service> => {
  const [snapshots, contents] = [createSnapshots(), createContentCache()]
  return {
    name: 'sync',
    aggregates: [syncAggregate],
    handlers: [
      createCompareInstances(snapshots, contents),
      createPreviewIgnoreRules(snapshots, contents),
      compareObjectsFeature,
      planSyncFeature,
      ...executeSyncFeatures,
      ...(await createHistoryQueries(deps.models)),
    ],
    projections: [syncsProjection, syncItemsProjection, syncLogProjection],
    processManagers: [runSync],
    publish: createPublish(deps.store),
  }
}
