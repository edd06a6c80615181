import { type AppInstance, type Environment, listEnvironments, listInstances } from '@rancher-hub/contracts'
import { computed } from 'vue'
import { useContractQuery } from '../../../shared/composables/use-contract.ts'

/** Environments, app instances and sites by id: names and colours for filters that hold only ids. */
export const usePlaces = () => {
  const { data: environments } = useContractQuery(listEnvironments, {})
  const { data: instances } = useContractQuery(listInstances, { limit: 500 })
  const environmentById = computed(
    () => new Map((environments.value?.items ?? []).map((each): [string, Environment] => [each.id, each])),
  )
  const instanceById = computed(
    () => new Map((instances.value?.items ?? []).map((each): [string, AppInstance] => [each.id, each])),
  )
  const siteNames = computed(() => new Map((instances.value?.items ?? []).map(({ site }) => [site.id, site.name])))
  const nameOf = (filter: string, value: string): string | undefined => {
    if (filter === 'environment') return environmentById.value.get(value)?.name
    if (filter === 'instance') return instanceById.value.get(value)?.name
    return filter === 'site' ? siteNames.value.get(value) : undefined
  }
  const colourOf = (filter: string, value: string): string | undefined => {
    if (filter === 'environment') return environmentById.value.get(value)?.colour
    return filter === 'instance' ? instanceById.value.get(value)?.environment.colour : undefined
  }
  /** Place in the order of environments. */
  const rankOf = (filter: string, value: string): number | undefined => {
    if (filter === 'environment') return environmentById.value.get(value)?.rank
    return filter === 'instance' ? instanceById.value.get(value)?.environment.rank : undefined
  }
  const isEmpty = computed(() => instances.value?.total === 0)
  return { nameOf, colourOf, rankOf, isEmpty }
}
export type Places = ReturnType<typeof usePlaces>
