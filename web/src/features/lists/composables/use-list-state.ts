import { computed, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { readAddress, writeAddress } from '../list-address.ts'
import type { ScreenName } from '../list-screens.ts'
import { type ListFilter, type ListState, validFilter } from '../list-state.ts'

/** The state of a list screen, in its address. Each change is a step that Back takes back; typing is one step. */
export const useListState = (screen: ScreenName) => {
  const route = useRoute()
  const router = useRouter()
  const path = route.path
  // The address follows a moment later: two changes at once must not take each other back.
  const state = shallowRef(readAddress(screen, route.query))
  let isTyping = false
  watch(
    () => route.query,
    (query) => {
      if (route.path === path) state.value = readAddress(screen, query)
    },
  )
  const go = (next: ListState, typing = false): void => {
    const replaces = typing && isTyping
    isTyping = typing
    state.value = next
    const query = writeAddress(next)
    void (replaces ? router.replace({ query }) : router.push({ query }))
  }
  /** Changes what the address says wrongly: no step of its own. */
  const correct = (changes: Partial<ListState>): void => {
    state.value = { ...state.value, ...changes }
    void router.replace({ query: writeAddress(state.value) })
  }
  /** Changes parts; every change but that of the page begins at the first one. */
  const change = (changes: Partial<ListState>, typing = false): void =>
    go({ ...state.value, page: 1, ...changes }, typing)
  /** Changes filters; an empty one is none. */
  const setFilter = (changes: ListFilter, typing = false): void =>
    change({ filter: validFilter(screen, { ...state.value.filter, ...changes }) }, typing)
  return { state: computed(() => state.value), go, change, correct, setFilter }
}
export type ListAddress = ReturnType<typeof useListState>
