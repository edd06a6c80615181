import type { Grant, ResourceUse, Verb } from '@rancher-hub/kubernetes'
import type { KubeApi } from './kube-api.ts'
import { RIGHTS_PAGE } from './missing-right.ts'
import { resourceUses } from './resource-uses.ts'

/** A namespace to ask about, with the name of its cluster. */
export interface PermissionPlace {
  readonly clusterId: string
  readonly clusterName: string
  readonly namespace: string
}
/** What a token lacks in a namespace, of what the hub does there. */
export interface Lacking {
  readonly read: readonly Grant[]
  readonly write: readonly Grant[]
  /** Nothing may be written at all. */
  readonly readOnly: boolean
}

const without = (grants: readonly Grant[]): readonly Grant[] => grants.filter(({ verbs }) => verbs.length > 0)

/** Asks the API server, right by right. @throws SiteError */
export const lackingRights = async (api: KubeApi, namespace: string, signal: AbortSignal): Promise<Lacking> => {
  const refused = async ({ group, resource }: ResourceUse, verbs: readonly Verb[]): Promise<Grant> => {
    const allowed = await Promise.all(
      verbs.map(async (verb) => await api.allowed({ verb, group, resource }, namespace, signal)),
    )
    return { group, resource, verbs: verbs.filter((_, index) => allowed[index] !== true) }
  }
  const written = resourceUses.filter(({ write }) => write !== undefined)
  const [read, write] = await Promise.all([
    Promise.all(resourceUses.map(async (use) => await refused(use, use.read))),
    Promise.all(written.map(async (use) => await refused(use, use.write ?? []))),
  ])
  const readOnly = written.every((use, index) => write[index]?.verbs.length === use.write?.length)
  return { read: without(read), write: without(write), readOnly }
}

/** `create, patch deployments, configmaps; list pods`: what lacks the same verbs stands together. */
const inWords = (grants: readonly Grant[]): string => {
  const byVerbs = new Map<string, string[]>()
  for (const { resource, verbs } of grants) {
    const key = verbs.join(', ')
    byVerbs.set(key, [...(byVerbs.get(key) ?? []), resource])
  }
  return [...byVerbs].map(([verbs, resources]) => `${verbs} ${resources.join(', ')}`).join('; ')
}

/** What a token may do in a place, in a sentence or two; `complete` when it lacks nothing. */
export const permissionSentence = (
  { clusterName, namespace }: PermissionPlace,
  { read, write, readOnly }: Lacking,
): { readonly complete: boolean; readonly message: string } => {
  const where = `the namespace ${namespace} of ${clusterName}`
  const help = `${RIGHTS_PAGE} makes the manifest that allows it.`
  if (read.length === 0 && write.length === 0)
    return { complete: true, message: `Everything that is compared and synced may be read and written in ${where}.` }
  if (read.length === 0 && readOnly)
    return {
      complete: false,
      message: `The token may read in ${where}, but write nothing: enough to compare, not to sync (missing: ${inWords(write)}). ${help}`,
    }
  return {
    complete: false,
    message: `The token lacks rights in ${where}: ${inWords([...read, ...write])}. Other namespaces may allow it. ${help}`,
  }
}
