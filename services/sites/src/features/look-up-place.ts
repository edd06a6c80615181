import { bindInstance } from '@rancher-hub/contracts'
import { LabelSelectorError, parseLabelSelector } from '@rancher-hub/kubernetes'
import { type CallContext, refuse } from '@rancher-hub/service-kit'
import type { KubeApi } from '../connection/kube-api.ts'
import { RIGHTS_PAGE } from '../connection/missing-right.ts'
import { resourceUses } from '../connection/resource-uses.ts'
import { NoSuchSiteError } from '../connection/site-registry.ts'
import { SiteError } from '../egress/site-error.ts'
import type { SitesDeps } from './sites-deps.ts'

/** Whether a token that may not read a namespace itself may list something in it: then the namespace is there for the hub. */
const maySeeAnything = async (api: KubeApi, namespace: string, signal: AbortSignal): Promise<boolean> => {
  for (const { group, resource, read } of resourceUses)
    if (read.includes('list') && (await api.allowed({ verb: 'list', group, resource }, namespace, signal))) return true
  return false
}

/** A namespace that is there, with the way to it. */
export interface FoundPlace {
  readonly clusterName: string
  readonly api: KubeApi
}

/** Makes sure that a namespace is there. @throws RefusedError no-such-namespace | not-found */
export const lookUpPlace = async (
  deps: SitesDeps,
  place: { readonly siteId: string; readonly clusterId: string; readonly namespace: string },
  ctx: Pick<CallContext, 'organization' | 'signal'>,
): Promise<FoundPlace> => {
  const missing = (message?: string) => refuse(bindInstance, 'no-such-namespace', undefined, message)
  try {
    const site = await deps.registry.open(ctx.organization, place.siteId)
    const cluster = (await site.clusters(ctx.signal)).find(({ id }) => id === place.clusterId)
    if (cluster === undefined) throw missing('The site has no such cluster, or the token may not see it.')
    const api = site.cluster(place.clusterId)
    const found = await api.namespace(place.namespace, ctx.signal)
    if (found === 'missing') throw missing(`${cluster.name} has no namespace ${place.namespace}.`)
    if (found === 'hidden' && !(await maySeeAnything(api, place.namespace, ctx.signal)))
      throw missing(
        `The token may not see the namespace ${place.namespace} of ${cluster.name}, nor anything in it, if there is one. ${RIGHTS_PAGE} makes the manifest that allows it.`,
      )
    return { clusterName: cluster.name, api }
  } catch (error) {
    if (error instanceof NoSuchSiteError) throw refuse(bindInstance, 'not-found')
    if (error instanceof SiteError) throw missing(`The namespace could not be looked up: ${error.problem.message}`)
    throw error
  }
}

/** Reads a selector as a person typed it; an empty one selects everything. @throws RefusedError selector-not-valid */
export const readSelector = (typed: string | undefined): ReturnType<typeof parseLabelSelector> => {
  if (typed === undefined || typed === '') return []
  try {
    return parseLabelSelector(typed)
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    const { position, message } = error
    throw refuse(
      bindInstance,
      'selector-not-valid',
      { position },
      `The label selector cannot be read at character ${position}: ${message}. Write it like app=shop,tier!=cache.`,
    )
  }
}
