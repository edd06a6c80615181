import { compareObjects } from '@rancher-hub/contracts'
import { computed, type Ref, ref } from 'vue'
import { api } from '../../../shared/api.ts'
import type { ComparisonRow } from '../compare-types.ts'
import { usePlanBasket } from '../plan-basket.store.ts'

/** Ticking whole rows for the plan: images of workloads, changed keys of config, missing objects to be created. */
export const useRowSelection = (
  source: Ref<string>,
  target: Ref<string>,
  targetIndex: Ref<number>,
  openDiff: (row: ComparisonRow) => void,
) => {
  const basket = usePlanBasket()
  const problem = ref<Error>()
  const cellOf = (row: ComparisonRow) => row.cells[targetIndex.value]
  const isActive = computed(() => basket.source === source.value && basket.target === target.value)

  const isSelectable = (row: ComparisonRow): boolean =>
    cellOf(row)?.state === 'differs' || (cellOf(row)?.state === 'missing' && row.cells[0]?.state === 'same')
  const isSelected = (row: ComparisonRow): boolean => isActive.value && basket.has(row)

  const add = async (row: ComparisonRow): Promise<void> => {
    const object = { kind: row.kind, name: row.name }
    if (cellOf(row)?.state === 'missing') return basket.put(object, { mode: 'create' })
    if ((cellOf(row)?.differences['image'] ?? 0) > 0) return basket.put(object, { mode: 'images' })
    const { differences } = await api.call(compareObjects, { source: source.value, target: target.value, ...object })
    const keys = differences
      .filter(({ group, selectable }) => selectable && (group === 'config-key' || group === 'secret-key'))
      .map(({ path }) => path)
    if (keys.length > 0) basket.put(object, { mode: 'fields', paths: keys })
    else openDiff(row)
  }

  const toggle = (row: ComparisonRow): void => {
    problem.value = undefined
    if (!isSelectable(row)) return
    const wasSelected = isSelected(row)
    basket.use({ source: source.value, target: target.value })
    if (wasSelected) basket.remove(row)
    else
      add(row).catch((error: unknown) => {
        problem.value = error as Error
      })
  }
  return { isSelectable, isSelected, toggle, problem }
}
