import type { CallInputOf, Contract, ResultOf } from '@rancher-hub/contracts'
import type { DomainEvent, StoredEvent } from '@rancher-hub/domain'
import type { AppendResult } from '@rancher-hub/event-store'
import type { Aggregate, Loaded } from './aggregate.ts'
import type { Logger } from './logger.ts'
import type { Actor } from './tokens.ts'

/** Calls made in the name of the person who started the work. */
export interface OnBehalf {
  readonly actor: Actor
  call<C extends Contract>(contract: C, input: CallInputOf<C>): Promise<ResultOf<C>>
  callStream<C extends Contract>(contract: C, input: CallInputOf<C>): AsyncIterable<ResultOf<C>>
}

/** What one run of a process has to work with. */
export interface ProcessContext {
  readonly organization: string
  /** Id part of the stream. */
  readonly id: string
  /** Aborts on shutdown, when the lease is lost and when the run is over: leave at the next step; the run goes on elsewhere, or after the restart. */
  readonly signal: AbortSignal
  readonly log: Logger
  now(): Date
  /** Reads the process's stream; give what was loaded before to read only what is new. */
  load<S, E extends DomainEvent>(aggregate: Aggregate<S, E>, before?: Loaded<S>): Promise<Loaded<S>>
  /**
   * Appends to the process's stream. Event ids are made from the stream, `step`, index and the lease, so an append
   * that is repeated because its answer got lost is recorded once; after a crash, whoever goes on decides from what is
   * recorded. @throws WrongExpectedRevisionError: load again and decide anew
   */
  append<S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    events: readonly E[],
    options: { readonly expected: number; readonly step: string; readonly actor?: Actor | undefined },
  ): Promise<AppendResult>
  deterministicId(...parts: readonly (string | number)[]): string
  /** Asks auth what the person may do now. @throws RefusedError `not-found` when they are disabled or gone */
  onBehalfOf(userId: string): Promise<OnBehalf>
  /** Runs the process again at this time (milliseconds precision); replaces an earlier timer of the same name. */
  setTimer(name: string, at: Date): void
}

/** Long work per stream: one run at a time for each stream, under a lease, resumable at any point. */
export interface ProcessManager {
  readonly name: string
  readonly categories: readonly string[]
  /** `start`: from now on the stream is worked on, also after a restart; `wake`: look again; `end`: done with it. */
  readonly wants: (event: StoredEvent) => 'start' | 'wake' | 'end' | undefined
  /** How many streams are worked on at once. */
  readonly concurrency: number
  /** Loads its stream and does what is next until there is nothing to do now. Whatever it throws is tried again later. */
  readonly run: (ctx: ProcessContext) => Promise<void>
}

/** Declares a process manager. */
export const defineProcessManager = <E extends DomainEvent>(manager: {
  readonly name: string
  readonly categories: readonly string[]
  readonly wants: (event: StoredEvent<E>) => 'start' | 'wake' | 'end' | undefined
  readonly concurrency?: number | undefined
  readonly run: (ctx: ProcessContext) => Promise<void>
}): ProcessManager => ({
  ...manager,
  wants: manager.wants as ProcessManager['wants'],
  concurrency: manager.concurrency ?? 8,
})
