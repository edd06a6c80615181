import type { Networks } from '@rancher-hub/contracts'
import { computed, type Ref, ref, watch } from 'vue'

/** A network or name in the list that is edited; the note is empty when there is none. */
export interface DraftEntry {
  readonly target: string
  readonly note: string
}
export interface NetworksDraft {
  readonly mode: Networks['mode']
  readonly entries: readonly DraftEntry[]
}

const draftOf = ({ mode, allowed }: Networks): NetworksDraft => ({
  mode,
  entries: allowed.map(({ target, note = '' }) => ({ target, note })),
})
const textOf = ({ mode, entries }: NetworksDraft): string =>
  JSON.stringify([mode, entries.map(({ target, note }) => [target, note.trim()])])

/** What is edited of the networks, apart from what is in force. Somebody else’s change never takes it away. */
export const useNetworksDraft = (data: Ref<Networks | undefined>) => {
  const base = ref<Networks>()
  const draft = ref<NetworksDraft>()
  const isChanged = computed(
    () => base.value !== undefined && draft.value !== undefined && textOf(draftOf(base.value)) !== textOf(draft.value),
  )
  /** Somebody else saved something after this began. */
  const isOutdated = computed(() => isChanged.value && data.value?.revision !== base.value?.revision)
  const load = (): void => {
    base.value = data.value
    draft.value = data.value === undefined ? undefined : draftOf(data.value)
  }
  watch(
    data,
    () => {
      if (!isChanged.value) load()
    },
    { immediate: true },
  )
  /** As contracts take it. */
  const rules = computed(() =>
    draft.value === undefined
      ? undefined
      : {
          mode: draft.value.mode,
          allowed: draft.value.entries.map(({ target, note }) =>
            note.trim() === '' ? { target } : { target, note: note.trim() },
          ),
        },
  )
  return { draft, rules, isChanged, isOutdated, load, revision: computed(() => base.value?.revision ?? 0) }
}
