import { ProblemError } from '@rancher-hub/api-client'
import { getMe, type Me, type Permission, signOut } from '@rancher-hub/contracts'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { queryClient } from '../../app/plugins/query.ts'
import { api } from '../api.ts'
import { useLive } from './use-live.ts'

/** Who is signed in. */
export const useSession = defineStore('session', () => {
  const me = ref<Me>()
  const isKnown = ref(false)
  const live = useLive()

  const enter = (person: Me): void => {
    me.value = person
    isKnown.value = true
    live.start(forget)
  }

  const forget = (): void => {
    me.value = undefined
    live.stop()
    queryClient.clear()
  }

  /** Asks once who is signed in; false when nobody is. */
  const load = async (): Promise<boolean> => {
    if (isKnown.value) return me.value !== undefined
    try {
      enter(await api.call(getMe, {}))
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not-signed-in') throw error
      isKnown.value = true
    }
    return me.value !== undefined
  }

  const leave = async (): Promise<void> => {
    await api.call(signOut, {})
    forget()
  }

  const may = (permission: Permission): boolean => me.value?.permissions.includes(permission) ?? false

  return { me: computed(() => me.value), isKnown, enter, forget, load, leave, may }
})
