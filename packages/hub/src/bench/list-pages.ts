import { type CallInputOf, listConfig, listWorkloads } from '@rancher-hub/contracts'
import type { BenchSession } from './bench-session.ts'

const ROUNDS = 300
/** The first question in an order sorts it, once. */
const WARM_UP = 24

/** Questions as people ask them one after the other, each a little different, so that no answer was given before. */
const questionOf = (round: number): CallInputOf<typeof listWorkloads> => {
  const sort = (['name', 'status', 'age', 'image', 'instance', 'restarts'] as const)[round % 6] ?? 'name'
  const filters = [
    { offset: round },
    { text: `${round % 100}` },
    { status: ['healthy' as const, 'degraded' as const], offset: round },
    { image: `app ${round % 50}`, kind: ['Deployment'] },
    { label: [`app!=none-${round}`], owner: ['none'], limit: 200 },
  ]
  return { sort, direction: round % 2 === 0 ? 'asc' : 'desc', ...filters[round % filters.length] }
}

/** Milliseconds that pages of the list of all workloads take through the gateway, sorted; and how many workloads there are. */
export const timePages = async ({ client }: BenchSession): Promise<{ times: number[]; total: number }> => {
  const { total } = await client.call(listWorkloads, { limit: 1 })
  await client.call(listConfig, { limit: 1 })
  const times: number[] = []
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const begun = performance.now()
    await client.call(listWorkloads, questionOf(round + WARM_UP))
    if (round >= 0) times.push(performance.now() - begun)
  }
  return { times: times.sort((a, b) => a - b), total }
}
