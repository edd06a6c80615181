import type { SiteProblem } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { syncedKinds } from '../connection/kinds.ts'
import { comparedFirst } from './compared-first.ts'
import type { WatchSink } from './watch-sink.ts'

const problem: SiteProblem = { code: 'forbidden', message: 'no' }
const nothing = (): void => {}
const quiet: WatchSink = {
  ...{ replace: nothing, upsert: nothing, remove: nothing, connected: nothing, forbidden: nothing, lost: nothing },
}

const started = () => {
  const sinks = new Map<string, WatchSink>()
  const abort = new AbortController()
  const watch = comparedFirst(async (kind, sink) => void sinks.set(kind, sink))
  const ended = [...syncedKinds, 'Pod' as const, 'HorizontalPodAutoscaler' as const].map(
    async (kind) => await watch(kind, quiet, abort.signal),
  )
  return { sinks, abort, ended }
}

describe('watches of an instance', () => {
  it('begin with what is compared; all others follow when that is known, or is known not to be', async () => {
    const { sinks, ended } = started()
    expect([...sinks.keys()]).toEqual([...syncedKinds, 'HorizontalPodAutoscaler'])
    const [first, second, ...rest] = syncedKinds
    sinks.get(first ?? '')?.forbidden(problem)
    sinks.get(second ?? '')?.lost(problem)
    for (const kind of rest) sinks.get(kind)?.connected()
    expect(sinks.has('Pod')).toBe(false)
    for (const kind of rest) sinks.get(kind)?.replace([])
    await Promise.all(ended)
    expect(sinks.has('Pod')).toBe(true)
  })

  it('do not begin any more when the instance is stopped before', async () => {
    const { sinks, abort, ended } = started()
    abort.abort()
    await Promise.all(ended)
    expect(sinks.has('Pod')).toBe(false)
  })
})
