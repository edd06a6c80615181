import { checkSite, deleteSite, disableSite, enableSite, type Site } from '@rancher-hub/contracts'
import { computed, ref } from 'vue'
import { useContractCommand } from '../../../shared/composables/use-contract.ts'

export type SiteAct = 'disable' | 'enable' | 'delete'

/** What is done to a site with a question in between; its problems are shown by the dialog. */
export const useSiteActions = (onDeleted?: () => void) => {
  const site = ref<Site>()
  const act = ref<SiteAct>('disable')
  const isAsking = ref(false)
  const commands = {
    disable: useContractCommand(disableSite),
    enable: useContractCommand(enableSite),
    delete: useContractCommand(deleteSite),
  }
  const check = useContractCommand(checkSite)
  const command = computed(() => commands[act.value])

  const ask = (what: SiteAct, which: Site): void => {
    act.value = what
    site.value = which
    commands[what].reset()
    isAsking.value = true
  }
  /** `revision`: what the person knows of; after a refusal, what they were told. */
  const confirm = (revision?: number): void => {
    const { id: siteId, revision: seen } = site.value ?? { id: '', revision: 0 }
    const onSuccess = (): void => {
      isAsking.value = false
      if (act.value === 'delete') onDeleted?.()
    }
    command.value.mutate({ siteId, revision: revision ?? seen }, { onSuccess })
  }
  // The site shows what came of it; that it could not be asked for, the page.
  const checkNow = (which: Site): void => check.mutate({ siteId: which.id })
  return {
    site,
    act,
    isAsking,
    ask,
    confirm,
    checkNow,
    isChecking: computed(() => check.isPending.value),
    checkError: computed(() => check.error.value),
    isBusy: computed(() => command.value.isPending.value),
    error: computed(() => command.value.error.value),
  }
}
export type SiteActions = ReturnType<typeof useSiteActions>
