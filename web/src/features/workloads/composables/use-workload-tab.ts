import type { PageKind } from '@rancher-hub/contracts'
import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { type Tab, tabsOf } from '../workload-tabs.ts'

type Query = Readonly<Record<string, string | undefined>>

/** What of a workload's page is open: kept in its address. */
export const useWorkloadTab = (kind: () => PageKind) => {
  const route = useRoute()
  const router = useRouter()
  const inAddress = (key: string): string => {
    const value = route.query[key]
    return typeof value === 'string' ? value : ''
  }
  /** Changes parts of the address; what is undefined or empty leaves it. */
  const change = (changes: Query, push = false): void => {
    const next = { ...route.query, ...changes }
    const query = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined && value !== ''))
    void (push ? router.push({ query }) : router.replace({ query }))
  }
  const tab = computed<Tab>({
    get: () => tabsOf(kind()).find((each) => each === inAddress('tab')) ?? 'pods',
    set: (next) => change({ tab: next === 'pods' ? undefined : next }, true),
  })
  return { tab, change, inAddress }
}
