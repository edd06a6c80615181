import { liveFeed } from '@rancher-hub/api-client'
import type { LiveHint } from '@rancher-hub/contracts'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { queryClient } from '../../app/plugins/query.ts'

const COALESCE_MS = 150

/** The live feed: hints make queries stale; says since when it is cut off. */
export const useLive = defineStore('live', () => {
  const state = ref<'connecting' | 'connected' | 'reconnecting' | 'stale'>('connecting')
  const staleSince = ref<Date>()
  const topics = new Set<string>()
  let isScheduled = false
  let feed: ReturnType<typeof liveFeed> | undefined

  const invalidate = (): void => {
    isScheduled = false
    const wanted = new Set(topics)
    topics.clear()
    void queryClient.invalidateQueries({
      predicate: ({ meta }) =>
        ((meta?.['topics'] as readonly string[] | undefined) ?? []).some((topic) => wanted.has(topic)),
    })
  }

  const onHint = (hint: LiveHint): void => {
    topics.add(hint.topic)
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
      // Hints that came while it was cut off are lost: everything may be old.
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
