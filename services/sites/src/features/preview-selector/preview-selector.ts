import { type InputOf, type Kind, PREVIEW_NAMES, previewSelector, type SiteProblem } from '@rancher-hub/contracts'
import { leftOutReason } from '@rancher-hub/kubernetes'
import { type CallContext, type Handler, handleQuery } from '@rancher-hub/service-kit'
import { syncedKinds } from '../../connection/kinds.ts'
import type { KubeApi } from '../../connection/kube-api.ts'
import { SiteError } from '../../egress/site-error.ts'
import { lookUpPlace, readSelector } from '../look-up-place.ts'
import type { SitesDeps } from '../sites-deps.ts'
import { type LabelledObject, type Neighbour, some, whoSelects } from './selected.ts'

const KEEP_MS = 5_000

interface ReadKind {
  readonly kind: Kind
  readonly objects: readonly LabelledObject[]
  readonly problem?: SiteProblem | undefined
}

/** Names and labels of a kind; what comparisons leave out is left out here too. */
const readKind = async (api: KubeApi, kind: Kind, namespace: string, signal: AbortSignal): Promise<ReadKind> => {
  const objects: LabelledObject[] = []
  try {
    for await (const { items } of api.list(kind, namespace, signal))
      for (const object of items)
        if (leftOutReason(object) === undefined)
          objects.push({ kind, name: object.metadata.name, labels: object.metadata.labels ?? {} })
    return { kind, objects }
  } catch (error) {
    if (error instanceof SiteError) return { kind, objects, problem: error.problem }
    throw error
  }
}

type ReadNamespace = (input: InputOf<typeof previewSelector>, ctx: CallContext) => Promise<readonly ReadKind[]>

/** Reads a namespace once for some seconds: people see the preview change while they type. */
const createReader = (deps: SitesDeps): ReadNamespace => {
  const kept = new Map<string, Promise<readonly ReadKind[]>>()
  const read: ReadNamespace = async (input, ctx) => {
    // Not cut off with the first who asked: others wait for the same.
    const { signal } = new AbortController()
    const { api } = await lookUpPlace(deps, input, { organization: ctx.organization, signal })
    return await Promise.all(syncedKinds.map(async (kind) => await readKind(api, kind, input.namespace, signal)))
  }
  return async (input, ctx) => {
    const key = JSON.stringify([ctx.organization, input.siteId, input.clusterId, input.namespace])
    const known = kept.get(key)
    if (known !== undefined) return await known
    const reading = read(input, ctx)
    kept.set(key, reading)
    const forget = (): void => void kept.delete(key)
    reading.then(() => setTimeout(forget, KEEP_MS).unref(), forget)
    return await reading
  }
}

const neighboursOf = async (
  { models }: SitesDeps,
  { environmentId, exceptInstanceId, siteId, clusterId, namespace }: InputOf<typeof previewSelector>,
  organization: string,
): Promise<Neighbour[]> => {
  if (environmentId === undefined) return []
  const found = await models.instances(organization, { siteId, environmentId })
  return found
    .filter((each) => each._id !== exceptInstanceId && each.clusterId === clusterId && each.namespace === namespace)
    .map(({ _id: id, name, labelSelector }) => ({ id, name, selector: readSelector(labelSelector) }))
}

/** Answers `sites.preview-selector`: reads the namespace afresh, since it may be bound to nothing yet. */
export const previewSelectorFeature = (deps: SitesDeps): Handler => {
  const readNamespace = createReader(deps)
  return handleQuery(previewSelector, async (input, ctx) => {
    const selector = readSelector(input.labelSelector)
    const [read, neighbours] = await Promise.all([
      readNamespace(input, ctx),
      neighboursOf(deps, input, ctx.organization),
    ])
    const { selected, unbound, twice } = whoSelects(
      read.flatMap(({ objects }) => objects),
      selector,
      neighbours,
    )
    const byKind = Map.groupBy(selected, ({ kind }) => kind)
    const kinds = read.map(({ kind, objects, problem }) => {
      const own = byKind.get(kind) ?? []
      const names = own.slice(0, PREVIEW_NAMES).map(({ name }) => name)
      return { kind, selected: own.length, total: objects.length, names, problem }
    })
    return { kinds, unbound: some(unbound), twice }
  })
}
