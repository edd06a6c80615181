import { readFileSync } from 'node:fs'
import { createMemoryBus } from '@rancher-hub/bus/memory'
import {
  bindInstance,
  type CallInputOf,
  type Connection,
  type Contract,
  connectSite,
  createEnvironment,
  permissions,
  type ResultOf,
  type Stream,
} from '@rancher-hub/contracts'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import {
  createCaller,
  createKeyPair,
  createLogger,
  createTokenSigner,
  newId,
  RefusedError,
  soleLeases,
  startService,
} from '@rancher-hub/service-kit'
import type { Resolve } from './egress/network-policy.ts'
import type { CheckTiming } from './features/check-sites/site-checks.ts'
import type { WatchTiming } from './inventory/kind-watcher.ts'
import { createSitesService, sitesConfig } from './service.ts'

/** Short waits: specs cut connections on purpose. */
export const quickTiming: WatchTiming = {
  silenceMs: 100_000,
  watchSeconds: 270,
  retryBaseMs: 20,
  retryMaxMs: 200,
  forbiddenRetryMs: 300,
  relistJitterMs: 20,
  shareAgainMs: 60_000,
}

/** What outlives a restart of the service in a spec. */
export const createGround = () => ({
  store: openMemoryEventStore(),
  models: openMemoryReadModels(),
  gatewayKeys: createKeyPair(),
  syncKeys: createKeyPair(),
  sitesKeys: createKeyPair(),
  masterKey: new Uint8Array(32).fill(42),
  logLines: [] as string[],
  leases: soleLeases(),
})

export interface StartOptions {
  readonly ground?: ReturnType<typeof createGround> | undefined
  readonly timing?: WatchTiming | undefined
  readonly idleMinutes?: number | undefined
  readonly allowLoopbackSites?: boolean | undefined
  readonly resolve?: Resolve | undefined
  readonly checkTiming?: CheckTiming | undefined
  readonly now?: (() => Date) | undefined
}

export const ORGANIZATION = 'org-1'

/** Sites on memory adapters, called as the gateway and sync call it. */
export const startSites = async (options: StartOptions = {}) => {
  const ground = options.ground ?? createGround()
  const bus = createMemoryBus()
  const answers: string[] = []
  const deps = {
    ...ground,
    bus,
    privateKey: ground.sitesKeys.privateKey,
    publicKeys: { gateway: ground.gatewayKeys.publicKey, sync: ground.syncKeys.publicKey },
    log: createLogger({ level: 'debug', destination: { write: (line) => ground.logLines.push(line) } }),
    watchTiming: options.timing ?? quickTiming,
    resolve: options.resolve,
    checkTiming: options.checkTiming,
    now: options.now,
  }
  const settings = sitesConfig.schema.parse({
    ...(options.idleMinutes === undefined ? {} : { idleMinutes: options.idleMinutes }),
  })
  const config = { ...settings, masterKey: ground.masterKey, allowLoopbackSites: options.allowLoopbackSites ?? true }
  const service = await startService(createSitesService(config, deps), deps)
  const caller = createCaller(bus)
  const signers = {
    gateway: createTokenSigner('gateway', ground.gatewayKeys.privateKey),
    sync: createTokenSigner('sync', ground.syncKeys.privateKey),
  }
  const envelope = async (contract: Contract, organization: string) => {
    const signer = contract.http === undefined ? signers.sync : signers.gateway
    const actor = { kind: 'user', userId: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada', permissions } as const
    return { token: await signer.sign({ organization, actor }), correlationId: newId() }
  }

  const call = async <C extends Contract>(
    contract: C,
    input: CallInputOf<C>,
    organization = ORGANIZATION,
  ): Promise<ResultOf<C>> => {
    const result = await caller.call(contract, input, await envelope(contract, organization))
    answers.push(JSON.stringify(result))
    return result
  }
  const stream = async function* <C extends Stream>(contract: C, input: CallInputOf<C>): AsyncIterable<ResultOf<C>> {
    for await (const chunk of caller.callStream(contract, input, await envelope(contract, ORGANIZATION))) {
      answers.push(JSON.stringify(chunk))
      yield chunk
    }
  }
  return {
    ground,
    bus,
    answers,
    call,
    stream,
    service,
    [Symbol.asyncDispose]: async () => await service[Symbol.asyncDispose](),
  }
}
export type RunningSites = Awaited<ReturnType<typeof startSites>>

/** Connects a site and binds namespaces of one cluster, each to an environment of its own. Ids of the instances, in order. */
export const bindNamespaces = async (
  sites: RunningSites,
  connection: CallInputOf<typeof connectSite>['connection'],
  clusterId: string,
  namespaces: readonly string[],
) => {
  const { id: siteId } = await sites.call(connectSite, { name: `site ${newId().slice(0, 8)}`, connection })
  const instanceIds: string[] = []
  for (const namespace of namespaces) {
    const { id: environmentId } = await sites.call(createEnvironment, {
      name: `env ${newId().slice(0, 8)}`,
      colour: '#1f6feb',
    })
    const { id } = await sites.call(bindInstance, {
      name: `instance ${newId().slice(0, 8)}`,
      environmentId,
      siteId,
      clusterId,
      namespace,
    })
    instanceIds.push(id)
  }
  return { siteId, instanceIds }
}

/** The refusal of a call; fails when it is not refused. */
export const refusal = async (work: Promise<unknown>): Promise<RefusedError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof RefusedError) return error
  throw new Error(`expected a refusal, got ${String(error)}`)
}

/** Everything that was stored, logged or answered, as one text: secrets must not be in it. */
export const everythingOf = async (sites: RunningSites): Promise<string> => {
  const events = await Array.fromAsync(sites.ground.store.readAll())
  const documents: unknown[] = []
  for (const name of ['sites', 'environments', 'instances', '_dead-letters', '_checkpoints']) {
    documents.push(...(await (await sites.ground.models.collection(name)).find({})))
  }
  return [JSON.stringify(events), JSON.stringify(documents), ...sites.ground.logLines, ...sites.answers].join('\n')
}

/** Kubeconfig of the real API server that specs may use, as a connection. */
export const kubeconfigConnection = (
  file: string,
): Extract<CallInputOf<typeof connectSite>['connection'], { kind: 'kubernetes' }> => ({
  kind: 'kubernetes',
  kubeconfig: readFileSync(file, 'utf8'),
})
export type { Connection }
