/** An event as a decision makes it: past tense with the noun inside, plain data. */
export interface DomainEvent<T extends string = string, D = unknown> {
  readonly type: T
  readonly data: D
}

/** A refusal is a value, not an exception: pure, typed, storable. */
export interface Rejection<C extends string = string> {
  readonly rejected: C
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** Says no, with the code that the contract declares and the facts that explain it. */
export const reject = <const C extends string>(code: C, details?: Readonly<Record<string, unknown>>): Rejection<C> => ({
  rejected: code,
  ...(details === undefined ? {} : { details }),
})

/** Tells a refusal from events. */
export const isRejection = (outcome: readonly DomainEvent[] | Rejection): outcome is Rejection => 'rejected' in outcome

/** Pure decision: no clock, no I/O, no randomness; ids and looked-up facts come in with the command. */
export type Decide<Command, State, Event extends DomainEvent, Code extends string = string> = (
  command: Command,
  state: State,
  now: Date,
) => readonly Event[] | Rejection<Code>

/** Pure fold of one event into the state of its stream. */
export type Evolve<State, Event extends DomainEvent> = (state: State, event: Event) => State

/** Ends a switch over a union: a new member fails to compile here. */
export const unreachable = (value: never): never => {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`)
}
