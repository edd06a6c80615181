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
  const trouble = ref<ProblemError>()
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

  const ask = async (): Promise<void> => {
    try {
      enter(await api.call(getMe, {}))
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'not-signed-in') throw error
      isKnown.value = true
    }
  }

  /** Until there is an answer: what is away now may be there again in a moment, and nobody should have to load the page again. */
  const askUntilAnswered = async (): Promise<void> => {
    for (;;) {
      try {
        await ask()
        trouble.value = undefined
        return
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error
        trouble.value = error
        if (error.status !== 0 && error.status < 500) throw error
        await new Promise((resolve) => setTimeout(resolve, (error.retryAfterSeconds ?? 2) * 1000))
      }
    }
  }

  let asking: Promise<void> | undefined
  /** Asks once who is signed in; false when nobody is. While the hub is not available, `trouble` says why. */
  const load = async (): Promise<boolean> => {
    if (!isKnown.value) {
      asking ??= askUntilAnswered().finally(() => {
        asking = undefined
      })
      await asking
    }
    return me.value !== undefined
  }

  const leave = async (): Promise<void> => {
    await api.call(signOut, {})
    forget()
  }

  const may = (permission: Permission): boolean => me.value?.permissions.includes(permission) ?? false

  return { me: computed(() => me.value), isKnown, trouble, enter, forget, load, leave, may }
})
