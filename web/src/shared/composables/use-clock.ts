import { useIntervalFn } from '@vueuse/core'
import { type Ref, shallowRef, type WatchSource, watch } from 'vue'

/** The time, ticking every so many milliseconds, and at once when `news` changes: nothing is younger than the clock. */
export const useClock = (everyMs: number, news?: WatchSource): Readonly<Ref<Date>> => {
  const now = shallowRef(new Date())
  const tick = (): void => {
    now.value = new Date()
  }
  useIntervalFn(tick, everyMs)
  if (news !== undefined) watch(news, tick, { flush: 'sync' })
  return now
}
