import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** Filters of the rules, and the two instances whose differences are counted, in the address. */
export const useRulesState = () => {
  const route = useRoute()
  const router = useRouter()
  const text = (key: string) =>
    computed({
      get: () => (typeof route.query[key] === 'string' ? route.query[key] : ''),
      set: (value: string | null) => {
        const query = { ...route.query, [key]: value ?? '' }
        void router.replace({ query: Object.fromEntries(Object.entries(query).filter(([, each]) => each !== '')) })
      },
    })
  return {
    text: text('text'),
    instance: text('instance'),
    source: text('source'),
    target: text('target'),
    /** The rule that a link points to. */
    rule: text('rule'),
  }
}
