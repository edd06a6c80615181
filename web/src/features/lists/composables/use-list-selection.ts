import { computed, shallowRef } from 'vue'
import { type ListRow, rowId } from '../list-screens.ts'

/** Ticked rows, over all pages and filters, until they are cleared. */
export const useListSelection = () => {
  const chosen = shallowRef<ReadonlyMap<string, ListRow>>(new Map())
  const toggle = (row: ListRow): void => {
    const next = new Map(chosen.value)
    if (!next.delete(rowId(row))) next.set(rowId(row), row)
    chosen.value = next
  }
  /** Ticks all of these, or none when all are ticked. */
  const toggleAll = (rows: readonly ListRow[]): void => {
    const next = new Map(chosen.value)
    const isWhole = rows.every((row) => next.has(rowId(row)))
    for (const row of rows) {
      if (isWhole) next.delete(rowId(row))
      else next.set(rowId(row), row)
    }
    chosen.value = next
  }
  return {
    rows: computed(() => [...chosen.value.values()]),
    has: (row: ListRow): boolean => chosen.value.has(rowId(row)),
    toggle,
    toggleAll,
    clear: () => {
      chosen.value = new Map()
    },
  }
}
export type ListSelection = ReturnType<typeof useListSelection>
