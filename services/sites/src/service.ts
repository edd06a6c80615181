import { loadAggregate, newId, publishHint, type Service, type ServiceDeps, streamName } from '@rancher-hub/service-kit'
import type { SitesConfig } from './config.ts'
import { configAnswers } from './config-objects/config-answers.ts'
import { createSiteRegistry } from './connection/site-registry.ts'
import { createKeyring } from './credentials/keyring.ts'
import { siteCredentials } from './credentials/site-credentials.ts'
import { vault } from './credentials/vault.ts'
import type { Resolve } from './egress/network-policy.ts'
import { checkSitesFeatures } from './features/check-sites/check-sites.ts'
import { type CheckTiming, createSiteChecks } from './features/check-sites/site-checks.ts'
import { describeRightsFeature } from './features/describe-rights/describe-rights.ts'
import { editSitesFeatures } from './features/edit-sites.ts'
import { environmentFeatures } from './features/environments.ts'
import { describeInstanceDocs, instanceFeatures } from './features/instances.ts'
import { readKubeconfigFeature } from './features/read-kubeconfig/read-kubeconfig.ts'
import { showSitesFeatures } from './features/show-sites.ts'
import { listSiteChangesFeature } from './features/site-changes/site-changes.ts'
import type { SitesDeps } from './features/sites-deps.ts'
import { testConnectionFeature } from './features/test-connection.ts'
import { trySiteFeature } from './features/try-site/try-site.ts'
import { ignoreRuleFeatures } from './ignore-rules/ignore-rule-features.ts'
import { ignoreRulesProjection, openIgnoreRuleModels } from './ignore-rules/ignore-rules.projection.ts'
import { ignoreRules } from './ignore-rules/ignore-rules.ts'
import { createPauses } from './inventory/backoff.ts'
import { answerFollowRollout } from './inventory/follow-rollout.ts'
import { apiOf, createInventories } from './inventory/inventories.ts'
import { inventoryAnswers } from './inventory/inventory-answers.ts'
import { defaultWatchTiming, type WatchTiming } from './inventory/kind-watcher.ts'
import { landscape } from './landscape/landscape.ts'
import { openLandscapeModels } from './landscape/landscape-models.ts'
import type { InstanceDoc } from './landscape/landscape-projections.ts'
import { environmentsProjection, instancesProjection, sitesProjection } from './landscape/landscape-projections.ts'
import { exportAnswers } from './lists/export-answers.ts'
import { listAnswers } from './lists/list-answers.ts'
import { createLists } from './lists/lists.ts'
import { startEnforcingNetworks } from './networks/enforce-networks.ts'
import { NETWORKS_ID, networks } from './networks/networks.ts'
import { networksFeatures } from './networks/networks-features.ts'
import { networksProjection, openNetworksModel } from './networks/networks-projection.ts'
import { createOrganizationNetworks } from './networks/organization-networks.ts'
import { publish } from './publish.ts'
import { viewFeatures } from './views/view-features.ts'
import { views as savedViews } from './views/views.ts'
import { openViewsModel, viewsProjection } from './views/views-projection.ts'
import { workloadAnswers } from './workloads/workload-answers.ts'
import { createWorkloadViews } from './workloads/workload-views.ts'
import { createBeforeImages } from './writes/before-images.ts'
import { answerExecuteWrite } from './writes/execute-write.ts'
import { answerPrepareWrite } from './writes/prepare-write.ts'
import { createRecentContents } from './writes/recent-contents.ts'

export { type SitesConfig, sitesConfig } from './config.ts'

/** At most one live hint per instance in this many milliseconds. */
const HINT_MS = 100
/** Lists over all instances: pages ask at least once a minute while somebody looks. */
const LISTS_IDLE_MS = 5 * 60_000
const LISTS_WAIT_MS = 2_000
/** Pages gather hints themselves. */
const LISTS_HINT_MS = 50
/** Views of single workloads: pages ask every quarter of a minute while somebody looks. */
const VIEW_HINT_MS = 200
const VIEW_IDLE_MS = 45_000

/** What the sites service takes besides what every service does. */
export interface SitesServiceDeps extends ServiceDeps {
  /** Times of list and watch; default: those for real clusters. */
  readonly watchTiming?: WatchTiming | undefined
  /** When sites are asked for news of their tokens; default: every hour. */
  readonly checkTiming?: CheckTiming | undefined
  /** How names become addresses; default: as this machine resolves them. */
  readonly resolve?: Resolve | undefined
}

/** The sites service: sites, environments, app instances; the only one that talks to clusters. */
export const createSitesService = (config: SitesConfig, serviceDeps: SitesServiceDeps): Service => {
  const { store, bus } = serviceDeps
  const log = serviceDeps.log.child({ service: 'sites' })
  const now = serviceDeps.now ?? (() => new Date())
  const hint = (organization: string, topic: 'sites' | 'inventory' | 'lists' | 'workloads', id?: string): void => {
    publishHint(bus, organization, topic, id).catch((error: unknown) => log.debug({ err: error }, 'live hint lost'))
  }

  const models = openLandscapeModels(serviceDeps.models)
  const ruleModels = openIgnoreRuleModels(serviceDeps.models)
  const keyring = createKeyring({ masterKey: config.masterKey, store, now })
  const readNetworks = openNetworksModel(serviceDeps.models)
  const organizationNetworks = createOrganizationNetworks({
    stored: async (organization) =>
      (await loadAggregate(store, networks, streamName(networks.category, organization, NETWORKS_ID))).state,
    read: readNetworks,
    allowLoopback: config.allowLoopbackSites,
    resolve: serviceDeps.resolve,
  })
  const watchTiming = serviceDeps.watchTiming ?? defaultWatchTiming
  const pauses = createPauses({ spreadMs: watchTiming.relistJitterMs })
  const registry = createSiteRegistry({
    store,
    models,
    keyring,
    policyOf: organizationNetworks.policyOf,
    concurrency: config.callsPerSite,
    now,
    log,
    onHealthChanged: (organization, siteId) => hint(organization, 'sites', siteId),
    onAnswersAgain: (siteId) => pauses.ease(siteId),
    onTryNow: (siteId) => pauses.end(siteId),
    onTokenRefused: (organization, siteId) => checks.soon(organization, siteId),
  })
  const { leases } = serviceDeps
  const checks = createSiteChecks({ store, models, registry, leases, now, log, timing: serviceDeps.checkTiming })
  const inventories = createInventories({
    registry,
    pauses,
    keyring,
    now: () => now().getTime(),
    newId,
    log,
    idleMs: config.idleMinutes * 60_000,
    hintMs: HINT_MS,
    timing: serviceDeps.watchTiming,
    hint: (organization, instanceId) => {
      hint(organization, 'inventory', instanceId)
      lists.touched(organization)
    },
  })
  const stopping = new AbortController()
  const apiOfInstance = async (instance: InstanceDoc) => await apiOf(registry, instance, 'interactive')
  const views = createWorkloadViews({
    apiOf: apiOfInstance,
    timing: watchTiming,
    log,
    idleMs: VIEW_IDLE_MS,
    hintMs: VIEW_HINT_MS,
    hint: (organization, id) => hint(organization, 'workloads', id),
  })
  const recent = createRecentContents()
  const enforcer = startEnforcingNetworks({ networks: organizationNetworks, registry, models, log })
  const deps: SitesDeps = { store, models, keyring, networks: organizationNetworks, registry }
  const lists = createLists({
    inventories,
    landscape: async (organization) => {
      const docs = await models.instances(organization)
      const [instances, rules] = await Promise.all([
        describeInstanceDocs(deps, organization, docs),
        ruleModels.inForce(
          organization,
          docs.map(({ _id }) => _id),
        ),
      ])
      return { docs, instances, rules }
    },
    now: () => now().getTime(),
    newId,
    log,
    idleMs: LISTS_IDLE_MS,
    waitMs: LISTS_WAIT_MS,
    hintMs: LISTS_HINT_MS,
    hint: (organization) => hint(organization, 'lists'),
  })
  const workloadDeps = { ...deps, inventories, views, apiOf: apiOfInstance, stopping: stopping.signal }

  return {
    name: 'sites',
    // Before-images and write records are streams of this service too; nothing follows them, they are read by name.
    aggregates: [landscape, ignoreRules, networks, savedViews, siteCredentials, vault],
    handlers: [
      testConnectionFeature(deps),
      ...networksFeatures({
        models,
        networks: organizationNetworks,
        read: readNetworks,
        enforce: enforcer.enforce,
      }),
      trySiteFeature(deps),
      ...editSitesFeatures(deps),
      ...showSitesFeatures(deps),
      ...checkSitesFeatures(deps, checks),
      listSiteChangesFeature(deps),
      readKubeconfigFeature,
      ...environmentFeatures(deps),
      ...instanceFeatures({ ...deps, ignoreRules: ruleModels }),
      ...ignoreRuleFeatures({ models, ignoreRules: ruleModels }),
      ...inventoryAnswers({ models, inventories }),
      ...listAnswers(lists),
      ...exportAnswers(lists),
      ...viewFeatures(openViewsModel(serviceDeps.models)),
      ...workloadAnswers(workloadDeps),
      ...configAnswers(workloadDeps),
      answerFollowRollout({ models, inventories, registry }),
      answerPrepareWrite({ models, ignoreRules: ruleModels, registry, keyring, inventories, recent }),
      answerExecuteWrite({
        models,
        ignoreRules: ruleModels,
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
    projections: [
      sitesProjection,
      environmentsProjection,
      instancesProjection,
      ignoreRulesProjection,
      networksProjection,
      viewsProjection,
    ],
    processManagers: [],
    publish,
    start: async () => {
      checks.start()
      return {
        [Symbol.asyncDispose]: async () => {
          stopping.abort()
          lists[Symbol.dispose]()
          await checks[Symbol.asyncDispose]()
          await enforcer[Symbol.asyncDispose]()
          await views[Symbol.asyncDispose]()
          await inventories[Symbol.asyncDispose]()
          await registry[Symbol.asyncDispose]()
        },
      }
    },
  }
}
