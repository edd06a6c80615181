import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** A text that stands in the address under a key; empty: it does not. Changing it is no step of its own. */
export const useAddressText = (key: string): WritableComputedRef<string, string | null> => {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => (typeof route.query[key] === 'string' ? route.query[key] : ''),
    set: (value) => {
      const { [key]: _, ...others } = route.query
      void router.replace({ query: value === null || value === '' ? others : { ...others, [key]: value } })
    },
  })
}
