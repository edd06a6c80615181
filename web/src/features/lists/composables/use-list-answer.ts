import { type CallInputOf, listConfig, listWorkloads } from '@rancher-hub/contracts'
import { computed, watch } from 'vue'
import { useContractQuery } from '../../../shared/composables/use-contract.ts'
import { type ListAnswer, type ListRow, rowId, type ScreenName } from '../list-screens.ts'
import { shownColumns } from '../list-state.ts'
import type { ListAddress } from './use-list-state.ts'
import { useSteadyRows } from './use-steady-rows.ts'

/** Asking keeps the hub watching; while app instances are read for the first time, rows come soon. */
const [ASK_MS, SOON_MS] = [60_000, 2_000]

/** What the hub answers to the address of a list, with its rows held still while somebody looks at them. */
export const useListAnswer = (screen: ScreenName, address: ListAddress, isPointed: () => boolean) => {
  const contract = screen === 'workloads' ? listWorkloads : listConfig
  const columns = computed(() => shownColumns(screen, address.state.value))
  const input = computed(() => {
    const { filter, sort, direction, page, size } = address.state.value
    const withLabels = columns.value.includes('labels')
    const offset = (page - 1) * size
    return { ...filter, sort, direction, offset, limit: size, withLabels } as CallInputOf<typeof contract>
  })
  const query = useContractQuery(contract, input, {
    everyMs: (now) => ((now?.sources.loading ?? 0) > 0 ? SOON_MS : ASK_MS),
  })
  const answer = computed(() => query.data.value as ListAnswer | undefined)
  const isGrowing = (): boolean => (answer.value?.sources.loading ?? 0) > 0
  const steady = useSteadyRows<ListRow>({
    rows: () => (query.isPlaceholderData.value ? undefined : answer.value?.items),
    question: () => JSON.stringify(input.value),
    isGrowing,
    isPointed,
    idOf: rowId,
  })
  const rows = computed(() => steady.rows.value ?? [])
  // A page past the end of what is left now: the last one there is.
  watch(answer, (now) => {
    const { page, size } = address.state.value
    if (now === undefined || query.isPlaceholderData.value || isGrowing()) return
    if (page > 1 && (page - 1) * size >= now.total) address.correct({ page: Math.max(Math.ceil(now.total / size), 1) })
  })
  return {
    columns,
    answer,
    error: query.error,
    refetch: query.refetch,
    rows,
    waiting: steady.waiting,
    isBehind: steady.isBehind,
    showLatest: steady.showLatest,
    instances: computed(() => new Map((answer.value?.instances ?? []).map((each) => [each.instance.id, each]))),
    /** No row yet, and not all app instances are read: that is not an empty list. */
    isFirstRead: computed(() => query.isLoading.value || (rows.value.length === 0 && isGrowing())),
    /** The rows are still those of the question before. */
    isTurning: computed(() => query.isPlaceholderData.value && query.isFetching.value),
  }
}
