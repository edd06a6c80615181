import { useDocumentVisibility } from '@vueuse/core'
import { computed, shallowRef, watch } from 'vue'
import { asAnswered, inPlace, type Steady } from '../steady-rows.ts'

/** Where live rows come from. */
export interface LiveRows<R> {
  /** The newest answer; undefined: none yet, or it belongs to another question. */
  readonly rows: () => readonly R[] | undefined
  /** Names what was asked: another question shows its answer as it is. */
  readonly question: () => string
  /** Whether rows may come and go by themselves: nobody points at one, and the list is still being read. */
  readonly mayMove: () => boolean
  readonly idOf: (row: R) => string
}

/** Rows that are updated in place and do not move under a pointer: what is new waits until it is asked for. */
export const useSteadyRows = <R>({ rows, question, mayMove, idOf }: LiveRows<R>) => {
  const steady = shallowRef<Steady<R>>()
  let shown: string | undefined
  const showLatest = (): void => {
    const latest = rows()
    if (latest === undefined) return
    shown = question()
    steady.value = asAnswered(latest, idOf)
  }
  watch(
    [rows, question],
    ([latest, asked]) => {
      if (latest === undefined) return
      if (steady.value === undefined || asked !== shown || mayMove()) showLatest()
      else steady.value = inPlace(steady.value.rows, latest, idOf)
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
