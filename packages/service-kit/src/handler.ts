import type {
  CallerName,
  CallInputOf,
  Command,
  Contract,
  InputOf,
  Query,
  RefusalOf,
  ResultOf,
  ReturnOf,
  Stream,
} from '@rancher-hub/contracts'
import { type Decide, type DomainEvent, isRejection, type Rejection } from '@rancher-hub/domain'
import type { Aggregate } from './aggregate.ts'
import { refuse } from './errors.ts'
import type { Logger } from './logger.ts'
import type { Actor } from './tokens.ts'

/** What appending needs to know of the call that causes it. */
export interface Cause {
  readonly organization: string
  readonly actor: Actor
  readonly correlationId: string
  readonly causationId: string
}

/** What a decision made: the command as prepared, and the events that were appended. */
export interface Decided<C, E> {
  readonly command: C
  readonly events: readonly E[]
}

/** The context of one call. */
export interface CallContext extends Cause {
  /** Who signed the internal token. */
  readonly caller: CallerName
  /** Address of the person's client, where the gateway knows it. */
  readonly address?: string | undefined
  readonly signal: AbortSignal
  readonly log: Logger
  now(): Date
  newId(): string
  /** Calls another service on behalf of the same person. @throws RefusedError | UnexpectedError */
  call<C extends Contract>(contract: C, input: CallInputOf<C>): Promise<ResultOf<C>>
  callStream<C extends Contract>(contract: C, input: CallInputOf<C>): AsyncIterable<ResultOf<C>>
  /**
   * Load, decide, append with the expected revision; decided anew when somebody else was faster.
   * `organization` is the caller's unless `cause` says otherwise (before sign-in there is none).
   * Answers after this service's projections have seen the append, so that a read after a write sees it.
   */
  decide<S, E extends DomainEvent>(
    aggregate: Aggregate<S, E>,
    id: string,
    decide: (state: S, now: Date) => readonly NoInfer<E>[] | Rejection,
    cause?: Partial<Cause>,
  ): Promise<readonly E[] | Rejection>
}

/** A contract with what answers it. `run` gets input that was checked, and its outcome is stripped to the contract. */
export type Handler =
  | {
      readonly kind: 'unary'
      readonly contract: Command | Query
      readonly run: (input: never, ctx: CallContext) => Promise<unknown>
    }
  | {
      readonly kind: 'stream'
      readonly contract: Stream
      readonly run: (input: never, ctx: CallContext) => AsyncIterable<unknown>
    }

/** Answers a command with code that has effects; it refuses by throwing {@link refuse}. */
export const handleCommand = <C extends Command>(
  contract: C,
  run: (input: InputOf<C>, ctx: CallContext) => Promise<ReturnOf<C>>,
): Handler => ({ kind: 'unary', contract, run })

/** Answers a query. */
export const handleQuery = <C extends Query>(
  contract: C,
  run: (input: InputOf<C>, ctx: CallContext) => Promise<ReturnOf<C>>,
): Handler => ({ kind: 'unary', contract, run })

/** Answers a stream contract, chunk by chunk. */
export const handleStream = <C extends Stream>(
  contract: C,
  run: (input: InputOf<C>, ctx: CallContext) => AsyncIterable<ReturnOf<C>>,
): Handler => ({ kind: 'stream', contract, run })

/** Answers a command by a pure decision over one stream. */
export const decideCommand = <C extends Command, S, E extends DomainEvent, P = InputOf<C>>(
  contract: C,
  spec: {
    readonly aggregate: Aggregate<S, E>
    /** Id part of the stream. */
    readonly id: (command: P, ctx: CallContext) => string
    /** Effects and fresh ids, before the decision. Default: the input as it is. */
    readonly prepare?: (input: InputOf<C>, ctx: CallContext) => Promise<P> | P
    readonly decide: Decide<P, S, NoInfer<E>, RefusalOf<C>>
    readonly result: (command: P, events: readonly E[]) => ReturnOf<C>
  },
): Handler =>
  handleCommand(contract, async (input, ctx) => {
    const command = spec.prepare === undefined ? (input as P) : await spec.prepare(input, ctx)
    const outcome = await ctx.decide(spec.aggregate, spec.id(command, ctx), (state, now) =>
      spec.decide(command, state, now),
    )
    if (isRejection(outcome)) throw refuse(contract, outcome.rejected as RefusalOf<C>, outcome.details)
    return spec.result(command, outcome)
  })
