import { liveFeed } from '@rancher-hub/api-client'
import type { LiveHint } from '@rancher-hub/contracts'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { queryClient } from '../../app/plugins/query.ts'

const COALESCE_MS = 150

/** Names the workload that a query asks about, as hints do. */
const workloadIdOf = (input: unknown): string => {
  const { instanceId, kind, name } = (input ?? {}) as { instanceId?: string; kind?: string; name?: string }
  return `${instanceId}/${kind}/${name}`
}

/** The live feed: hints make queries stale; says since when it is cut off. */
export const useLive = defineStore('live', () => {
  const state = ref<'connecting' | 'connected' | 'reconnecting' | 'stale'>('connecting')
  const staleSince = ref<Date>()
  /** Topics that were hinted at, with the things that were named; `undefined`: any of them. */
  const hinted = new Map<string, Set<string> | undefined>()
  let isScheduled = false
  let feed: ReturnType<typeof liveFeed> | undefined

  const invalidate = (): void => {
    isScheduled = false
    const wanted = new Map(hinted)
    hinted.clear()
    void queryClient.invalidateQueries({
      predicate: ({ meta, queryKey }) =>
        ((meta?.['topics'] as readonly string[] | undefined) ?? []).some((topic) => {
          if (!wanted.has(topic)) return false
          const ids = wanted.get(topic)
          // Many workloads change all the time; a page asks again only for the one that it shows.
          return topic !== 'workloads' || ids === undefined || ids.has(workloadIdOf(queryKey[1]))
        }),
    })
  }

  const onHint = ({ topic, id }: LiveHint): void => {
    const known = hinted.get(topic)
    if (id === undefined) hinted.set(topic, undefined)
    else if (!hinted.has(topic)) hinted.set(topic, new Set([id]))
    else known?.add(id)
    if (isScheduled) return
    isScheduled = true
    setTimeout(invalidate, COALESCE_MS)
  }

  const start = (onSessionEnd: () => void): void => {
    if (feed !== undefined) return
    const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/live`
    feed = liveFeed({
      url,
      onHint,
      onState: (next) => {
        state.value = next
        staleSince.value = next === 'connected' ? undefined : (staleSince.value ?? new Date())
      },
      // Hints that came before it was connected are lost: everything may be old.
      onRefetch: () => void queryClient.invalidateQueries(),
      onSessionEnd,
    })
  }

  const stop = (): void => {
    feed?.close()
    feed = undefined
    staleSince.value = undefined
    state.value = 'connecting'
  }

  return { state, staleSince, start, stop }
})
