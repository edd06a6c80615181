import type { OverHttp, ProblemError } from '@rancher-hub/api-client'
import type { CallInputOf, Command, Query } from '@rancher-hub/contracts'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { api } from '../api.ts'

/** Fetches a query contract; asked again when its input changes or a live hint makes it stale. `undefined` as input: not yet. */
export const useContractQuery = <C extends Query>(
  contract: C,
  input: MaybeRefOrGetter<CallInputOf<C> | undefined>,
  options: {
    /** Asked again every so many milliseconds while the page is looked at; may depend on the last answer. */
    readonly everyMs?: number | ((data: OverHttp<C> | undefined) => number) | undefined
  } = {},
) =>
  useQuery<OverHttp<C>, ProblemError>({
    queryKey: computed(() => [contract.name, toValue(input)]),
    // By the key: what this component asks for may be another thing by now than what others ask again.
    queryFn: async ({ signal, queryKey }) => await api.call(contract, queryKey[1] as CallInputOf<C>, { signal }),
    enabled: computed(() => toValue(input) !== undefined),
    placeholderData: keepPreviousData,
    meta: { topics: contract.staleAfter },
    refetchInterval: ({ state }) => {
      const { everyMs = false } = options
      return typeof everyMs === 'function' ? everyMs(state.data) : everyMs
    },
  })

/**
 * Sends a command contract. What is on the screen is fetched again afterwards: the person sees their own change also
 * while the live feed is cut off.
 */
export const useContractCommand = <C extends Command>(contract: C) => {
  const client = useQueryClient()
  return useMutation<OverHttp<C>, ProblemError, CallInputOf<C>>({
    mutationFn: async (input) => await api.call(contract, input),
    onSuccess: () => void client.invalidateQueries(),
  })
}

export type { ProblemError }
