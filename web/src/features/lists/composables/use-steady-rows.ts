import { useDocumentVisibility } from '@vueuse/core'
import { computed, shallowRef, watch } from 'vue'
import { asAnswered, inPlace, type Steady } from '../steady-rows.ts'

/** Where live rows come from. */
export interface LiveRows<R> {
  /** The newest answer; undefined: none yet, or it belongs to another question. */
  readonly rows: () => readonly R[] | undefined
  /** Names what was asked: another question shows its answer as it is. */
  readonly question: () => string
  /** Whether the list is still being read for the first time: its rows come by themselves. */
  readonly isGrowing: () => boolean
  /** Whether somebody points at a row: then none moves. */
  readonly isPointed: () => boolean
  readonly idOf: (row: R) => string
}

/** Rows that are updated in place and do not move under a pointer: what is new waits until it is asked for. */
export const useSteadyRows = <R>({ rows, question, isGrowing, isPointed, idOf }: LiveRows<R>) => {
  const steady = shallowRef<Steady<R>>()
  let shown: string | undefined
  /** The list was still growing when it was shown: what comes next completes it. */
  let isUnfinished = false
  const showLatest = (): void => {
    const latest = rows()
    if (latest === undefined) return
    shown = question()
    isUnfinished = isGrowing()
    steady.value = asAnswered(latest, idOf)
  }
  watch(
    [rows, question],
    ([latest, asked]) => {
      if (latest === undefined) return
      const before = steady.value?.rows ?? []
      if (before.length === 0 || asked !== shown || (isUnfinished && !isPointed())) showLatest()
      else steady.value = inPlace(before, latest, idOf)
    },
    { immediate: true },
  )
  // Who comes back to the page looks at it anew.
  const visibility = useDocumentVisibility()
  watch(visibility, (now) => {
    if (now === 'visible') showLatest()
  })
  return {
    rows: computed(() => steady.value?.rows),
    waiting: computed(() => steady.value?.waiting ?? 0),
    isBehind: computed(() => steady.value?.isBehind ?? false),
    showLatest,
  }
}
