import { hash, type KeyObject } from 'node:crypto'
import type { Bus } from '@rancher-hub/bus'
import {
  type CallerName,
  liveSubject,
  progressSubject,
  type ServiceName,
  SessionRevoked,
  sessionRevokedSubject,
  type Topic,
} from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import type { ReadModels } from '@rancher-hub/read-model'
import type { Aggregate } from './aggregate.ts'
import { openBusSink } from './bus-sink.ts'
import { createCaller } from './caller.ts'
import { type DeadLetters, openDeadLetters } from './dead-letters.ts'
import { withDeleted } from './deleted-documents.ts'
import { decode, encode } from './envelope.ts'
import type { Handler } from './handler.ts'
import type { Leases } from './lease.ts'
import type { Logger } from './logger.ts'
import type { ProcessManager } from './process-manager.ts'
import { type ProcessManagerRunner, startProcessManagerRunner } from './process-manager-runner.ts'
import type { Projection } from './projection.ts'
import { type ProjectionProgress, ProjectionProgressMessage, startProjectionRunner } from './projection-runner.ts'
import { type EventSink, type Publish, startPublisher } from './publisher.ts'
import { serve } from './serve.ts'
import { createTokenSigner, createTokenVerifier, type TokenVerifier } from './tokens.ts'

/** A service: what it owns and how it answers. A reader finds here everything it consists of. */
export interface Service {
  readonly name: ServiceName
  /** Kinds of streams it owns. */
  readonly aggregates: readonly Pick<Aggregate, 'category' | 'upcasters'>[]
  readonly handlers: readonly Handler[]
  readonly projections: readonly Projection[]
  readonly processManagers: readonly ProcessManager[]
  readonly publish: Publish
  /** What else runs while the service does; disposed first when it stops. */
  readonly start?: (() => Promise<AsyncDisposable>) | undefined
  /** Trouble of the service's own that readiness should tell. */
  readonly problems?: (() => readonly string[]) | undefined
}

/** What a composition root hands to a service. */
export interface ServiceDeps {
  readonly store: EventStore
  /** The service's own read models; where several processes write them, through `hideDeleted`. */
  readonly models: ReadModels
  readonly bus: Bus
  /** This service's own key; the public keys of everybody who calls. */
  readonly privateKey: KeyObject
  readonly publicKeys: Readonly<Partial<Record<CallerName, KeyObject>>>
  readonly log: Logger
  readonly now?: (() => Date) | undefined
  /** Where public events go. Default: the bus. */
  readonly sinks?: readonly EventSink[] | undefined
  /** Who of several processes does what only one may do. */
  readonly leases: Leases
}

export interface ServiceHealth {
  readonly name: ServiceName
  readonly ready: boolean
  readonly problems: readonly string[]
  readonly projections: readonly ProjectionProgress[]
  readonly deadLetters: number
}

export interface RunningService extends AsyncDisposable {
  readonly name: ServiceName
  health(): Promise<ServiceHealth>
  /** Rebuilds one read model, or all. */
  rebuild(projection?: string, onProgress?: (name: string, done: number, total: number) => void): Promise<void>
  /** Resolves when every read model has seen this position. For tests and commands. */
  settled(position: number, signal?: AbortSignal): Promise<void>
}

const SETTLE_MS = 2_000

/** Publishes a live hint; losing one is fine, feeds say when they are stale. */
export const publishHint = async (bus: Bus, organization: string, topic: Topic, id?: string): Promise<void> =>
  await bus.publish(liveSubject(organization, topic), encode(id === undefined ? { topic } : { topic, id }))

/** Hears messages of one subject; one that cannot be understood is kept as a dead letter, once, and stops nobody. */
const hear = async (
  bus: Bus,
  subject: string,
  deadLetters: DeadLetters,
  log: Logger,
  handle: (body: unknown) => void,
): Promise<AsyncDisposable> =>
  await bus.subscribe(
    subject,
    async ({ data }) => {
      try {
        handle(decode(data))
      } catch (error) {
        const messageId = hash('sha256', data)
        await deadLetters.keep({ consumer: subject, messageId, messageType: subject, reason: String(error) })
      }
    },
    (error) => log.error({ err: error, subject }, 'dead letter not kept'),
  )

/** Drops tokens of sessions and people whose rights have ended, as soon as auth says so. */
const followRevocations = async (
  bus: Bus,
  verifier: TokenVerifier,
  deadLetters: DeadLetters,
  log: Logger,
): Promise<AsyncDisposable> =>
  await hear(bus, sessionRevokedSubject, deadLetters, log, (body) => verifier.revoke(SessionRevoked.parse(body)))

/** Starts a service: its read models, its answers, its long work, its public events. */
export const startService = async (service: Service, deps: ServiceDeps): Promise<RunningService> => {
  const log = deps.log.child({ service: service.name })
  const now = deps.now ?? (() => new Date())
  const stack = new AsyncDisposableStack()
  const upcasters = (category: string) =>
    service.aggregates.find((aggregate) => aggregate.category === category)?.upcasters
  const deadLetters = await openDeadLetters(deps.models, log, now)
  const { leases } = deps
  const written = withDeleted(deps.models)
  if (leases.shared && written === undefined)
    throw new Error('Read models that several processes write have to be opened with hideDeleted')
  const signer = createTokenSigner(service.name, deps.privateKey)
  const verifier = createTokenVerifier(deps.publicKeys)
  const caller = createCaller(deps.bus)
  const conflicts = { count: 0 }

  try {
    stack.use(await followRevocations(deps.bus, verifier, deadLetters, log))

    const announce = (progress: ProjectionProgress): void => {
      deps.bus
        .publish(progressSubject(service.name), encode(progress))
        .catch((error: unknown) => log.debug({ err: error }, 'progress not announced'))
    }
    const runners = await Promise.all(
      service.projections.map(async (projection) =>
        stack.use(
          await startProjectionRunner(projection, {
            store: deps.store,
            models: written ?? deps.models,
            deadLetters,
            leases,
            log,
            upcasters,
            announce: leases.shared ? announce : undefined,
            onChanged: ({ topic }, organization, ids) => {
              if (topic === undefined) return
              const hints =
                ids === undefined
                  ? [publishHint(deps.bus, organization, topic)]
                  : [...ids].map((id) => publishHint(deps.bus, organization, topic, id))
              Promise.all(hints).catch((error: unknown) => log.debug({ err: error }, 'live hint lost'))
            },
          }),
        ),
      ),
    )

    if (leases.shared) {
      const onProgress = (body: unknown): void => {
        const progress = ProjectionProgressMessage.parse(body)
        for (const runner of runners) runner.heard(progress)
      }
      stack.use(await hear(deps.bus, progressSubject(service.name), deadLetters, log, onProgress))
    }

    const settled = async (position: number, signal: AbortSignal): Promise<void> => {
      await Promise.all(runners.map(async (runner) => await runner.settled(position, signal)))
    }
    const settledBounded = async (position: number): Promise<void> => {
      try {
        await settled(position, AbortSignal.timeout(SETTLE_MS))
      } catch (error) {
        log.warn({ err: error, position }, 'answered before the read models caught up')
      }
    }

    const serveDeps = {
      serviceName: service.name,
      bus: deps.bus,
      store: deps.store,
      verifier,
      signer,
      caller,
      log,
      now,
      settled: settledBounded,
      behind: () => runners.filter((runner) => runner.behind()).map((runner) => runner.progress().name),
      onConflict: () => {
        conflicts.count += 1
      },
    }
    for (const handler of service.handlers) stack.use(await serve(serveDeps, handler))

    const categories = service.aggregates.map((aggregate) => aggregate.category)
    const sinks = deps.sinks ?? [await openBusSink(deps.bus, deps.models, async () => await deps.store.head())]
    const publishers = sinks.map((sink) =>
      stack.use(
        startPublisher({
          service: service.name,
          categories,
          publish: service.publish,
          store: deps.store,
          sink,
          deadLetters,
          leases,
          log,
          upcasters,
        }),
      ),
    )
    const managers: ProcessManagerRunner[] = []
    for (const manager of service.processManagers) {
      const runnerDeps = {
        store: deps.store,
        models: deps.models,
        leases,
        deadLetters,
        caller,
        signer,
        log,
        now,
        upcasters,
      }
      managers.push(stack.use(await startProcessManagerRunner(manager, runnerDeps)))
    }
    if (service.start !== undefined) stack.use(await service.start())

    const owned = stack.move()
    return {
      name: service.name,
      health: async () => {
        const projections = runners.map((runner) => runner.progress())
        const problems = [
          ...projections.flatMap((each) =>
            each.state === 'live' || each.state === 'standby'
              ? []
              : [`${each.name} is ${each.state}${each.problem === undefined ? '' : `: ${each.problem}`}`],
          ),
          ...publishers.map((publisher) => publisher.problem()).filter((problem) => problem !== undefined),
          ...managers.flatMap((manager) => {
            const { name, problem } = manager.progress()
            return problem === undefined ? [] : [`${name} waits: ${problem}`]
          }),
          ...(service.problems?.() ?? []),
        ]
        return {
          name: service.name,
          ready: problems.length === 0,
          problems,
          projections,
          deadLetters: await deadLetters.count(),
        }
      },
      rebuild: async (name, onProgress) => {
        for (const [index, runner] of runners.entries()) {
          const projection = service.projections[index]
          if (projection === undefined || (name !== undefined && projection.name !== name)) continue
          await runner.rebuild((done, total) => onProgress?.(projection.name, done, total))
        }
      },
      settled: async (position, signal) => await settled(position, signal ?? AbortSignal.timeout(30_000)),
      [Symbol.asyncDispose]: async () => await owned.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
