import { type ComparisonRow, Kind } from '@rancher-hub/contracts'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

type RowState = ComparisonRow['state']
type KindName = ComparisonRow['kind']

/** What a comparison opens on: differences only. */
export const differencesOnly: readonly RowState[] = ['differs', 'missing', 'unknown']
const allStates: readonly RowState[] = ['differs', 'missing', 'unknown', 'ignored', 'same']

const list = (value: unknown): string[] => (typeof value === 'string' && value !== '' ? value.split(',') : [])

/** Instances and filters of the comparison, in the address. */
export const useCompareState = () => {
  const route = useRoute()
  const router = useRouter()
  const set = (changes: Readonly<Record<string, string | undefined>>): void => {
    const query = Object.fromEntries(
      Object.entries({ ...route.query, ...changes }).filter(([, value]) => value !== undefined && value !== ''),
    )
    void router.replace({ query: query as Record<string, string> })
  }
  return {
    instances: computed({ get: () => list(route.query['instances']), set: (ids) => set({ instances: ids.join(',') }) }),
    text: computed({
      get: () => (typeof route.query['text'] === 'string' ? route.query['text'] : ''),
      set: (text) => set({ text: text ?? '' }),
    }),
    kinds: computed({
      get: () => list(route.query['kind']).filter((kind): kind is KindName => Kind.safeParse(kind).success),
      set: (kinds: readonly KindName[]) => set({ kind: kinds.join(',') }),
    }),
    states: computed({
      get: () =>
        route.query['state'] === undefined
          ? [...differencesOnly]
          : list(route.query['state']).filter((state): state is RowState => allStates.includes(state as RowState)),
      set: (states: readonly RowState[]) =>
        set({ state: states.join(',') === differencesOnly.join(',') ? undefined : states.join(',') || 'all' }),
    }),
  }
}
