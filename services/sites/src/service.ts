import { newId, publishHint, type Service, type ServiceDeps } from '@rancher-hub/service-kit'
import type { SitesConfig } from './config.ts'
import { configAnswers } from './config-objects/config-answers.ts'
import { createSiteRegistry } from './connection/site-registry.ts'
import { createKeyring } from './credentials/keyring.ts'
import { siteCredentials } from './credentials/site-credentials.ts'
import { vault } from './credentials/vault.ts'
import { createNetworkPolicy } from './egress/network-policy.ts'
import { describeRightsFeature } from './features/describe-rights/describe-rights.ts'
import { editSitesFeatures } from './features/edit-sites.ts'
import { environmentFeatures } from './features/environments.ts'
import { instanceFeatures } from './features/instances.ts'
import { showSitesFeatures } from './features/show-sites.ts'
import type { SitesDeps } from './features/sites-deps.ts'
import { testConnectionFeature } from './features/test-connection.ts'
import { trySiteFeature } from './features/try-site/try-site.ts'
import { answerFollowRollout } from './inventory/follow-rollout.ts'
import { apiOf, createInventories } from './inventory/inventories.ts'
import { inventoryAnswers } from './inventory/inventory-answers.ts'
import { defaultWatchTiming, type WatchTiming } from './inventory/kind-watcher.ts'
import { landscape } from './landscape/landscape.ts'
import { openLandscapeModels } from './landscape/landscape-models.ts'
import type { InstanceDoc } from './landscape/landscape-projections.ts'
import { environmentsProjection, instancesProjection, sitesProjection } from './landscape/landscape-projections.ts'
import { publish } from './publish.ts'
import { workloadAnswers } from './workloads/workload-answers.ts'
import { createWorkloadViews } from './workloads/workload-views.ts'
import { createBeforeImages } from './writes/before-images.ts'
import { answerExecuteWrite } from './writes/execute-write.ts'
import { answerPrepareWrite } from './writes/prepare-write.ts'
import { createRecentContents } from './writes/recent-contents.ts'

export { type SitesConfig, sitesConfig } from './config.ts'

/** At most one live hint per instance in this many milliseconds. */
const HINT_MS = 100
/** Views of single workloads: pages ask every quarter of a minute while somebody looks. */
const VIEW_HINT_MS = 200
const VIEW_IDLE_MS = 45_000

/** What the sites service takes besides what every service does. */
export interface SitesServiceDeps extends ServiceDeps {
  /** Times of list and watch; default: those for real clusters. */
  readonly watchTiming?: WatchTiming | undefined
}

/** The sites service: sites, environments, app instances; the only one that talks to clusters. */
export const createSitesService = (config: SitesConfig, serviceDeps: SitesServiceDeps): Service => {
  const { store, bus } = serviceDeps
  const log = serviceDeps.log.child({ service: 'sites' })
  const now = serviceDeps.now ?? (() => new Date())
  const hint = (organization: string, topic: 'sites' | 'inventory' | 'workloads', id: string): void => {
    publishHint(bus, organization, topic, id).catch((error: unknown) => log.debug({ err: error }, 'live hint lost'))
  }

  const models = openLandscapeModels(serviceDeps.models)
  const keyring = createKeyring({ masterKey: config.masterKey, store, now })
  const policy = createNetworkPolicy({ allowLoopback: config.allowLoopbackSites })
  const registry = createSiteRegistry({
    store,
    models,
    keyring,
    policy,
    concurrency: config.callsPerSite,
    now,
    log,
    onHealthChanged: (organization, siteId) => hint(organization, 'sites', siteId),
  })
  const inventories = createInventories({
    registry,
    keyring,
    now: () => now().getTime(),
    newId,
    log,
    idleMs: config.idleMinutes * 60_000,
    hintMs: HINT_MS,
    timing: serviceDeps.watchTiming,
    hint: (organization, instanceId) => hint(organization, 'inventory', instanceId),
  })
  const stopping = new AbortController()
  const apiOfInstance = async (instance: InstanceDoc) => await apiOf(registry, instance, 'interactive')
  const views = createWorkloadViews({
    apiOf: apiOfInstance,
    timing: serviceDeps.watchTiming ?? defaultWatchTiming,
    log,
    idleMs: VIEW_IDLE_MS,
    hintMs: VIEW_HINT_MS,
    hint: (organization, id) => hint(organization, 'workloads', id),
  })
  const recent = createRecentContents()
  const deps: SitesDeps = { store, models, keyring, policy, registry }
  const workloadDeps = { ...deps, inventories, views, apiOf: apiOfInstance, stopping: stopping.signal }

  return {
    name: 'sites',
    // Before-images and write records are streams of this service too; nothing follows them, they are read by name.
    aggregates: [landscape, siteCredentials, vault],
    handlers: [
      testConnectionFeature(deps),
      trySiteFeature(deps),
      ...editSitesFeatures(deps),
      ...showSitesFeatures(deps),
      ...environmentFeatures(deps),
      ...instanceFeatures(deps),
      ...inventoryAnswers({ models, inventories }),
      ...workloadAnswers(workloadDeps),
      ...configAnswers(workloadDeps),
      answerFollowRollout({ models, inventories, registry }),
      answerPrepareWrite({ models, registry, keyring, inventories, recent }),
      answerExecuteWrite({
        models,
        registry,
        keyring,
        store,
        beforeImages: createBeforeImages({ store, now }),
        recent,
        writesPerSite: config.writesPerSite,
        now,
      }),
      describeRightsFeature,
    ],
    projections: [sitesProjection, environmentsProjection, instancesProjection],
    processManagers: [],
    publish,
    start: async () => ({
      [Symbol.asyncDispose]: async () => {
        stopping.abort()
        await views[Symbol.asyncDispose]()
        await inventories[Symbol.asyncDispose]()
        await registry[Symbol.asyncDispose]()
      },
    }),
  }
}
