import { readKubeconfig } from '@rancher-hub/contracts'
import { handleCommand } from '@rancher-hub/service-kit'
import { contextsOf } from '../../connection/kubeconfig.ts'
import { SiteError } from '../../egress/site-error.ts'

/** Answers `sites.read-kubeconfig`: what can be chosen, and why the rest cannot. Nothing of it is kept. */
export const readKubeconfigFeature = handleCommand(readKubeconfig, async ({ kubeconfig }) => {
  try {
    return { contexts: contextsOf(kubeconfig) }
  } catch (error) {
    if (!(error instanceof SiteError)) throw error
    return { contexts: [], problem: error.problem }
  }
})
