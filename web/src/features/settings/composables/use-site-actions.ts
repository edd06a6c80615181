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
    command.value.mutateAsync({ siteId, revision: revision ?? seen }).then(
      () => {
        isAsking.value = false
        if (act.value === 'delete') onDeleted?.()
      },
      () => undefined,
    )
  }
  const checkNow = (which: Site): void => {
    // The site shows what came of it.
    check.mutateAsync({ siteId: which.id }).catch(() => undefined)
  }
  return {
    site,
    act,
    isAsking,
    ask,
    confirm,
    checkNow,
    isChecking: computed(() => check.isPending.value),
    isBusy: computed(() => command.value.isPending.value),
    error: computed(() => command.value.error.value),
  }
}
export type SiteActions = ReturnType<typeof useSiteActions>
