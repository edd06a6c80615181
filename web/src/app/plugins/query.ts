import { ProblemError } from '@rancher-hub/api-client'
import { QueryClient } from '@tanstack/vue-query'

/** A client's mistake does not get better by asking again. */
const isWorthRetrying = (count: number, error: unknown): boolean =>
  count < 2 && (!(error instanceof ProblemError) || error.status === 0 || error.status >= 502)

/** Server state: fetched by contract, made stale by live hints, never copied into a store. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 30_000, retry: isWorthRetrying, refetchOnWindowFocus: false },
    mutations: { retry: false },
  },
})
