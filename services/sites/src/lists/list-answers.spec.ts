import { MAX_MESSAGE_BYTES } from '@rancher-hub/bus'
import { type CallInputOf, listWorkloads, type ResultOf, type SiteProblem } from '@rancher-hub/contracts'
import { configKinds, workloadKinds } from '@rancher-hub/kubernetes'
import type { CallContext } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { listAnswers } from './list-answers.ts'
import { createListIndex } from './list-index.ts'
import { anInstance, aWorkload } from './lists.fixtures.ts'

const problem: SiteProblem = {
  code: 'forbidden',
  message:
    'The token may not list this kind in the namespace. Let an administrator give it the role “Read-only” – für alle.',
  upstream: `deployments.apps is forbidden: User "system:serviceaccount:tools:hub" cannot list ${'ü'.repeat(200)}`,
}
const forbidden = <K extends string>(kind: K) => ({ kind, state: 'forbidden' as const, problem })

/** Asks a list of instances that forbid everything; what was read of each before stays listed. */
const ask = async (
  count: number,
  input: CallInputOf<typeof listWorkloads>,
): Promise<ResultOf<typeof listWorkloads>> => {
  const instances = Array.from({ length: count }, (_each, number) => anInstance({ number, rank: number % 4 }))
  const index = createListIndex()
  index.setInstances(instances)
  for (const { id } of instances)
    index.put(id, aWorkload({ kind: 'Deployment', name: 'cart', images: { cart: 'c:1' } }))
  const lists = {
    index,
    instances: () => instances,
    facts: () => ({
      ...{ revision: 'r', stale: false, hidden: [], problem },
      kinds: [...workloadKinds, ...configKinds].map(forbidden),
      surroundings: ['Pod', 'ReplicaSet', 'Job', 'HorizontalPodAutoscaler'].map(forbidden),
    }),
    revision: () => 'r',
    prepare: async () => {},
    [Symbol.dispose]: () => {},
  }
  const [handler] = listAnswers({
    of: async () => lists,
    touched: () => {},
    count: () => 1,
    [Symbol.dispose]: () => {},
  })
  if (handler?.kind !== 'unary') return expect.fail('the list of workloads is not answered')
  const ctx = { organization: 'o', signal: new AbortController().signal } as CallContext
  return listWorkloads.result.parse(await handler.run(listWorkloads.input.parse(input) as never, ctx))
}

describe('an answer of a list', () => {
  it('fits into one message where hundreds of instances forbid everything, and still says that they do', async () => {
    const answer = await ask(300, { limit: 200 })
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(MAX_MESSAGE_BYTES * 0.95)
    expect(answer.items).toHaveLength(200)
    const told = new Map(answer.instances.map((each) => [each.instance.id, each]))
    expect(told.size).toBe(300)
    for (const { instanceId } of answer.items)
      expect(told.get(instanceId)?.kinds.map(({ state }) => state)).toEqual(Array(4).fill('forbidden'))
    expect(answer.instances[0]).toMatchObject({ state: 'failed', problem, kinds: Array(4).fill({ problem }) })
  })

  it('says why, where there is room', async () => {
    const { instances } = await ask(20, { limit: 10 })
    expect(instances).toHaveLength(20)
    for (const each of instances) expect(each).toMatchObject({ problem, surroundings: Array(4).fill({ problem }) })
  })
})
