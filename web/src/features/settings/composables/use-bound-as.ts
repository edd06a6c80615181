import { listInstances } from '@rancher-hub/contracts'
import { computed, type Ref } from 'vue'
import { useContractQuery } from '../../../shared/composables/use-contract.ts'

/** A namespace, and the environment that it would be bound to. */
export interface BindPlace {
  readonly siteId: string
  readonly clusterId: string
  readonly namespace: string
  readonly environmentId?: string | undefined
}

/**
 * The name of the instance that makes binding a place impossible (`already-bound`); undefined: none is known. Two share a
 * namespace only when each has a selector; selectors that are alike though written differently are told by the hub alone.
 */
export const useBoundAs = (place: Ref<BindPlace | undefined>, labelSelector: Ref<string | null>) => {
  const { data } = useContractQuery(listInstances, () => {
    const { siteId, environmentId } = place.value ?? {}
    return siteId === undefined || environmentId === undefined ? undefined : { siteId, environmentId, limit: 500 }
  })
  return computed(() => {
    const wanted = place.value
    const selector = (labelSelector.value ?? '').trim()
    return data.value?.items.find(
      (each) =>
        each.environment.id === wanted?.environmentId &&
        each.site.id === wanted.siteId &&
        each.cluster.id === wanted.clusterId &&
        each.namespace === wanted.namespace &&
        (selector === '' || each.labelSelector === undefined || each.labelSelector === selector),
    )?.name
  })
}
