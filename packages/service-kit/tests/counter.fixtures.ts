import { command, query, stream } from '@rancher-hub/contracts'
import { type DomainEvent, reject } from '@rancher-hub/domain'
import { z } from 'zod'
import {
  decideCommand,
  defineAggregate,
  defineProcessManager,
  defineProjection,
  handleQuery,
  handleStream,
  type Service,
} from '../src/index.ts'

/** A small service for the specs: counters that are raised, watched by a process that doubles them at ten. */
const Raised = z.object({ by: z.number() })
const Doubled = z.object({ to: z.number() })
type CounterEvent =
  | DomainEvent<'CounterRaised', z.output<typeof Raised>>
  | DomainEvent<'CounterDoubled', z.output<typeof Doubled>>

export interface CounterState {
  readonly value: number
  readonly doubled: boolean
}

export const counter = defineAggregate<CounterState, CounterEvent>({
  category: 'counter',
  initial: { value: 0, doubled: false },
  evolve: (state, event) =>
    event.type === 'CounterRaised'
      ? { ...state, value: state.value + event.data.by }
      : { value: event.data.to, doubled: true },
  events: { CounterRaised: Raised, CounterDoubled: Doubled },
})

export const raiseCounter = command('monitor.raise-counter', {
  summary: 'Raise a counter',
  http: { method: 'POST', path: '/counters/:id/raise' },
  access: 'sync:plan',
  input: z.object({ id: z.string(), by: z.number().int() }),
  result: z.object({ raised: z.number() }),
  refusals: { 'too-much': { status: 422, message: 'Raise it by less.' } },
})

export const getCounter = query('monitor.get-counter', {
  summary: 'Get a counter',
  http: { method: 'GET', path: '/counters/:id' },
  access: 'sync:read',
  input: z.object({ id: z.string() }),
  result: z.object({ value: z.number() }),
})

export const countUp = stream('monitor.count-up', {
  summary: 'Count',
  http: { method: 'GET', path: '/count' },
  access: 'sync:read',
  input: z.object({ to: z.number() }),
  result: z.object({ n: z.number() }),
})

interface CounterDoc {
  readonly _id: string
  readonly org: string
  readonly value: number
  readonly [key: string]: unknown
}

export const counters = defineProjection<CounterDoc, CounterEvent>({
  name: 'counters',
  categories: ['counter'],
  indexes: [{ fields: ['org', 'value'] }],
  topic: 'syncs',
  keys: (event) => [event.streamId],
  project: (doc, event, id) => ({
    _id: id,
    org: event.organization,
    value: event.type === 'CounterRaised' ? (doc?.value ?? 0) + event.data.by : event.data.to,
  }),
})

export const createCounterService = (deps: {
  readonly find: (id: string) => Promise<number | undefined>
  readonly beforeDoubling?: () => void
}): Service => ({
  name: 'monitor',
  aggregates: [counter],
  handlers: [
    decideCommand(raiseCounter, {
      aggregate: counter,
      id: (input) => input.id,
      decide: (input) => {
        if (input.by > 100) return reject('too-much')
        const raised: CounterEvent = { type: 'CounterRaised', data: { by: input.by } }
        return [raised]
      },
      result: (_, events) => ({ raised: events.length, leaked: 'not declared' }) as { raised: number },
    }),
    handleQuery(getCounter, async ({ id }) => ({ value: (await deps.find(id)) ?? 0 })),
    handleStream(countUp, async function* ({ to }) {
      for (let n = 1; n <= to; n += 1) yield { n }
    }),
  ],
  projections: [counters],
  processManagers: [
    defineProcessManager<CounterEvent>({
      name: 'double',
      categories: ['counter'],
      wants: (event) => (event.type === 'CounterDoubled' ? 'end' : 'start'),
      run: async (ctx) => {
        const { state, revision } = await ctx.load(counter)
        if (state.value < 10 || state.doubled) return
        deps.beforeDoubling?.()
        await ctx.append(counter, [{ type: 'CounterDoubled', data: { to: state.value * 2 } }], {
          expected: revision,
          step: 'double',
        })
      },
    }),
  ],
  publish: () => undefined,
})
