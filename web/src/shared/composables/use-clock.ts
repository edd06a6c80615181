import { useIntervalFn } from '@vueuse/core'
import { type Ref, shallowRef } from 'vue'

/** The time, ticking every so many milliseconds. */
export const useClock = (everyMs: number): Readonly<Ref<Date>> => {
  const now = shallowRef(new Date())
  useIntervalFn(() => {
    now.value = new Date()
  }, everyMs)
  return now
}
