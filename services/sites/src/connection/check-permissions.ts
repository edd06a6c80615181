import type { Cluster as ClusterShape } from '@rancher-hub/contracts'
import type { Grant, ResourceUse, Verb } from '@rancher-hub/kubernetes'
import type { z } from 'zod'
import { SiteError } from '../egress/site-error.ts'
import type { ConnectedSite } from './connected-site.ts'
import type { KubeApi } from './kube-api.ts'
import { RIGHTS_PAGE } from './missing-right.ts'
import { neededUses } from './resource-uses.ts'

type Cluster = z.input<typeof ClusterShape>

/** Namespaces whose rights are asked, each with some fifty calls. */
const MAX_PLACES = 3

/** Where to ask what the token may do. */
export interface AskedPermissions {
  /** Namespaces of app instances that are bound already. */
  readonly places?: readonly Pick<PermissionPlace, 'clusterId' | 'namespace'>[] | undefined
  /** Without such: this one of the first cluster; default: `default`. */
  readonly namespace?: string | undefined
}
/** A namespace to ask about, with the name of its cluster. */
interface PermissionPlace {
  readonly clusterId: string
  readonly clusterName: string
  readonly namespace: string
}
/** What a token lacks in a namespace, of what the hub does there. */
interface Lacking {
  readonly read: readonly Grant[]
  readonly write: readonly Grant[]
  /** Nothing may be written at all. */
  readonly readOnly: boolean
}

const without = (grants: readonly Grant[]): readonly Grant[] => grants.filter(({ verbs }) => verbs.length > 0)

/** Asks the API server, right by right. @throws SiteError */
const lackingRights = async (api: KubeApi, namespace: string, signal: AbortSignal): Promise<Lacking> => {
  const refused = async ({ group, resource }: ResourceUse, verbs: readonly Verb[]): Promise<Grant> => {
    const allowed = await Promise.all(
      verbs.map(async (verb) => await api.allowed({ verb, group, resource }, namespace, signal)),
    )
    return { group, resource, verbs: verbs.filter((_, index) => allowed[index] !== true) }
  }
  const written = neededUses.filter(({ write }) => write !== undefined)
  const [read, write] = await Promise.all([
    Promise.all(neededUses.map(async (use) => await refused(use, use.read))),
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
const permissionSentence = (
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

/** Places to ask about: those where apps are, as far as their cluster answers; else one of the first cluster. */
const placesIn = (
  active: readonly Pick<Cluster, 'id' | 'name'>[],
  { places = [], namespace = 'default' }: AskedPermissions,
): readonly PermissionPlace[] => {
  const names = new Map(active.map(({ id, name }) => [id, name]))
  const known = places
    .filter(({ clusterId }) => names.has(clusterId))
    .map((place) => ({ ...place, clusterName: names.get(place.clusterId) ?? '' }))
  const first = active.slice(0, 1).map(({ id, name }) => ({ clusterId: id, clusterName: name, namespace }))
  return (known.length === 0 ? first : known).slice(0, MAX_PLACES)
}

/** What the token of a site may do, in words; undefined when there is no cluster to ask. Trouble in asking is a warning. */
export const checkPermissions = async (
  site: ConnectedSite,
  active: readonly Pick<Cluster, 'id' | 'name'>[],
  asked: AskedPermissions,
  signal: AbortSignal,
): Promise<{ readonly state: 'passed' | 'warning'; readonly message: string } | undefined> => {
  const places = placesIn(active, asked)
  if (places.length === 0) return undefined
  try {
    const sentences: ReturnType<typeof permissionSentence>[] = []
    for (const place of places) {
      const lacking = await lackingRights(site.cluster(place.clusterId), place.namespace, signal)
      sentences.push(permissionSentence(place, lacking))
    }
    const incomplete = sentences.filter(({ complete }) => !complete)
    const told = incomplete.length === 0 ? sentences : incomplete
    const message = told.map((sentence) => sentence.message).join(' ')
    return { state: incomplete.length === 0 ? 'passed' : 'warning', message }
  } catch (error) {
    if (!(error instanceof SiteError)) throw error
    const where = places.map(({ clusterName }) => clusterName).join(', ')
    return { state: 'warning', message: `What may be done in ${where} could not be asked: ${error.problem.message}` }
  }
}
