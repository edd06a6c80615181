import { listInstances } from '@rancher-hub/contracts'
import { computed } from 'vue'
import { useContractQuery } from './use-contract.ts'

/** App instances to choose from, each with its environment, in the order of environments. */
export const useInstanceChoices = () => {
  const { data } = useContractQuery(listInstances, { limit: 500 })
  return {
    instances: computed(() => data.value?.items ?? []),
    choices: computed(() =>
      (data.value?.items ?? []).map(({ id, name, environment }) => ({
        value: id,
        title: `${environment.name} · ${name}`,
      })),
    ),
  }
}
