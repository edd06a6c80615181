import { createMemoryBus } from '@rancher-hub/bus/memory'
import {
  type CallInputOf,
  type Contract,
  type Me,
  type ResultOf,
  redeemLink,
  resolveSession,
} from '@rancher-hub/contracts'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import {
  type Actor,
  createCaller,
  createKeyPair,
  createLogger,
  createTokenSigner,
  newId,
  RefusedError,
  soleLeases,
  startService,
} from '@rancher-hub/service-kit'
import { authConfig } from './config.ts'
import { createFirstAdministratorLink } from './links/administrator-link.ts'
import { createPasswordHasher, type PasswordHasher } from './passwords/password-hasher.ts'
import { createAuthService } from './service.ts'

/** The real algorithm with little memory: specs hash often. */
export const quickHasher = (): PasswordHasher => createPasswordHasher({ memoryKib: 64 })

/** Token behind `#` of a one-time link. */
export const tokenOf = (link: { readonly url: string }): string => link.url.slice(link.url.indexOf('#') + 1)

/** Somebody signed in. */
export interface SignedIn {
  readonly sessionToken: string
  readonly me: Me
}

const settings = authConfig.schema.parse({})

/** Keys and adapters that outlive a restart of the service in a spec. */
export const createGround = () => ({
  store: openMemoryEventStore(),
  models: openMemoryReadModels(),
  gatewayKeys: createKeyPair(),
  syncKeys: createKeyPair(),
  authKeys: createKeyPair(),
  leases: soleLeases(),
})

/** Auth on memory adapters, called as the gateway calls it. */
export const startAuth = async (
  options: { ground?: ReturnType<typeof createGround>; passwords?: PasswordHasher } = {},
) => {
  const ground = options.ground ?? createGround()
  const bus = createMemoryBus()
  const clock = { offsetMs: 0 }
  const now = () => new Date(Date.now() + clock.offsetMs)
  const deps = {
    ...ground,
    bus,
    now,
    privateKey: ground.authKeys.privateKey,
    publicKeys: { gateway: ground.gatewayKeys.publicKey, sync: ground.syncKeys.publicKey },
    log: createLogger({ level: 'silent' }),
    publicUrl: () => 'https://hub.example',
    passwords: options.passwords ?? quickHasher(),
  }
  const service = await startService(createAuthService(settings, deps), deps)
  const caller = createCaller(bus)
  const signers = {
    gateway: createTokenSigner('gateway', ground.gatewayKeys.privateKey),
    sync: createTokenSigner('sync', ground.syncKeys.privateKey),
  }

  const call = async <C extends Contract>(
    contract: C,
    input: CallInputOf<C>,
    who: { as?: SignedIn; by?: 'gateway' | 'sync'; address?: string } = {},
  ): Promise<ResultOf<C>> => {
    const organization = who.as?.me.organization.id ?? ''
    const actor = who.as === undefined ? ({ kind: 'anonymous' } satisfies Actor) : await actorOf(who.as)
    const token = await signers[who.by ?? 'gateway'].sign({ organization, actor })
    return await caller.call(contract, input, { token, correlationId: newId(), address: who.address ?? '192.0.2.1' })
  }
  const resolve = async (sessionToken: string, touch = true) => await call(resolveSession, { sessionToken, touch })
  const actorOf = async ({ sessionToken }: SignedIn): Promise<Actor> => {
    const { me, sessionId } = await resolve(sessionToken, false)
    return { kind: 'user', userId: me.user.id, name: me.user.name, sessionId, permissions: me.permissions }
  }
  const linkDeps = { store: ground.store, publicUrl: 'https://hub.example', now }
  const firstAdministrator = async (): Promise<SignedIn> => {
    const link = await createFirstAdministratorLink(linkDeps)
    if (link === undefined) throw new Error('An administrator exists already')
    return await call(redeemLink, {
      token: tokenOf(link),
      name: 'Ada',
      username: 'ada',
      password: 'correct horse battery',
    })
  }
  return {
    ground,
    bus,
    clock,
    linkDeps,
    call,
    resolve,
    firstAdministrator,
    [Symbol.asyncDispose]: async () => await service[Symbol.asyncDispose](),
    service,
  }
}

/** Code of a refusal; fails when the call is not refused. */
export const refusal = async (work: Promise<unknown>): Promise<RefusedError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof RefusedError) return error
  throw new Error('expected a refusal', { cause: error })
}
