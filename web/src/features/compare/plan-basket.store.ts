import type { CallInputOf, planSync } from '@rancher-hub/contracts'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'

type PlanItem = CallInputOf<typeof planSync>['items'][number]
export type Selection = PlanItem['selection']
type ObjectRef = PlanItem['object']

const keyOf = ({ kind, name }: ObjectRef): string => `${kind}/${name}`

/** What a person has ticked for one source and one target, kept while they browse. */
export const usePlanBasket = defineStore('plan-basket', () => {
  const source = ref('')
  const target = ref('')
  const items = ref(new Map<string, PlanItem>())

  /** Another pair is another plan. */
  const use = (pair: { readonly source: string; readonly target: string }): void => {
    if (pair.source === source.value && pair.target === target.value) return
    source.value = pair.source
    target.value = pair.target
    items.value = new Map()
  }
  const put = (object: ObjectRef, selection: Selection): void => {
    items.value = new Map(items.value).set(keyOf(object), { object, selection })
  }
  const remove = (object: ObjectRef): void => {
    const next = new Map(items.value)
    next.delete(keyOf(object))
    items.value = next
  }
  const clear = (): void => {
    items.value = new Map()
  }
  return {
    source: computed(() => source.value),
    target: computed(() => target.value),
    items: computed(() => [...items.value.values()]),
    count: computed(() => items.value.size),
    has: (object: ObjectRef): boolean => items.value.has(keyOf(object)),
    selectionOf: (object: ObjectRef): Selection | undefined => items.value.get(keyOf(object))?.selection,
    use,
    put,
    remove,
    clear,
  }
})
