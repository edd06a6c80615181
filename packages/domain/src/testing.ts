import assert from 'node:assert/strict'
import { type Decide, type DomainEvent, type Evolve, isRejection, type Rejection } from './decide.ts'
import type { EventContext, Project, StoredEvent } from './project.ts'

const fixedNow = new Date('2026-11-24T10:00:00.000Z')

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

interface DeciderSpec<C, E extends DomainEvent> {
  when(
    command: C,
    now?: Date,
  ): {
    /** The decision makes exactly these events. */
    then(...events: E[]): void
    thenNothing(): void
    /** The decision says no with this code (and, when given, these details). */
    thenRejected(code: string, details?: Record<string, unknown>): void
    /** The outcome itself, for looser checks. */
    outcome(): readonly E[] | Rejection
  }
}

/** Given/when/then for a decider. State and command are frozen, so a decision that mutates them fails. */
export const decider = <C, S, E extends DomainEvent, D extends E>(subject: {
  initial: S
  evolve: Evolve<S, E>
  decide: Decide<C, S, D>
}): { given(...events: E[]): DeciderSpec<C, D> } => ({
  given: (...events) => ({
    when: (command, now = fixedNow) => {
      const state = events.reduce<S>(
        (before, event) => subject.evolve(deepFreeze(before), deepFreeze(event)),
        subject.initial,
      )
      const outcome = subject.decide(deepFreeze(command), deepFreeze(state), now)
      return {
        then: (...expected) => assert.deepEqual(outcome, expected),
        thenNothing: () => assert.deepEqual(outcome, []),
        thenRejected: (code, details) => {
          assert.ok(isRejection(outcome), `expected the refusal ${code}, got ${JSON.stringify(outcome)}`)
          assert.equal(outcome.rejected, code)
          if (details !== undefined) assert.deepEqual(outcome.details, details)
        },
        outcome: () => outcome,
      }
    },
  }),
})

/** Makes a stored event for specs; give the parts that matter. */
export const stored = <E extends DomainEvent>(event: E, context: Partial<EventContext> = {}): StoredEvent<E> => ({
  ...event,
  eventId: '00000000-0000-4000-8000-000000000000',
  organization: 'org',
  streamId: 'id',
  category: 'thing',
  revision: 0,
  position: 0,
  time: fixedNow.toISOString(),
  actor: 'user:ada',
  correlationId: '00000000-0000-4000-8000-000000000001',
  causationId: '00000000-0000-4000-8000-000000000002',
  ...context,
})

interface Projected<Doc, E extends DomainEvent> {
  readonly keys: (event: StoredEvent<E>) => readonly string[]
  readonly project: Project<Doc, E>
}

const runProjection = <Doc, E extends DomainEvent>(
  subject: Projected<Doc, E>,
  events: readonly StoredEvent<E>[],
  repeat: number,
): Record<string, Doc> => {
  const docs = new Map<string, { doc: Doc | undefined; position: number }>()
  for (const event of events) {
    for (let time = 0; time < repeat; time += 1) {
      for (const id of subject.keys(event)) {
        const before = docs.get(id)
        if (before !== undefined && before.position >= event.position) continue
        const doc = subject.project(deepFreeze(before?.doc), deepFreeze(event), id)
        docs.set(id, { doc, position: event.position })
      }
    }
  }
  const present = [...docs].flatMap(([id, { doc }]) => (doc === undefined ? [] : [[id, doc] as const]))
  return Object.fromEntries(present)
}

/**
 * Given/then for a projection. Events get growing positions. Every scenario runs once, with each event delivered
 * twice, and again from scratch on frozen input; all three must agree.
 */
export const projection = <Doc, E extends DomainEvent>(
  subject: Projected<Doc, E>,
): {
  given(...events: StoredEvent<E>[]): { then(docs: Record<string, unknown>): void; docs(): Record<string, Doc> }
} => ({
  given: (...events) => {
    const ordered = events.map((event, index) => ({ ...event, position: index + 1 }))
    const once = runProjection(subject, ordered, 1)
    assert.deepEqual(runProjection(subject, ordered, 2), once, 'delivering every event twice changes the outcome')
    assert.deepEqual(runProjection(subject, ordered, 1), once, 'running it again changes the outcome')
    return { then: (expected) => assert.deepEqual(once, expected), docs: () => once }
  },
})
