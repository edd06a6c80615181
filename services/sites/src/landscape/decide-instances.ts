import { reject } from '@rancher-hub/domain'
import { canonicalLabelSelector, parseLabelSelector } from '@rancher-hub/kubernetes'
import { type Decision, type InstanceEntry, isOutdated, type Landscape, nameIsTaken } from './landscape.ts'

type Place = Pick<InstanceEntry, 'environmentId' | 'siteId' | 'clusterId' | 'namespace' | 'labelSelector'>

/** Selectors that differ; a namespace as a whole leaves nothing for another instance. */
const mayShare = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  canonicalLabelSelector(parseLabelSelector(a)) !== canonicalLabelSelector(parseLabelSelector(b))

/** The instance that binds this namespace to this environment already, and leaves no room for another one. */
const boundAs = (
  state: Landscape,
  place: Place,
  exceptId?: string,
): { readonly instanceId: string; readonly name: string } | undefined => {
  const found = Object.entries(state.instances).find(
    ([id, other]) =>
      id !== exceptId &&
      other.environmentId === place.environmentId &&
      other.siteId === place.siteId &&
      other.clusterId === place.clusterId &&
      other.namespace === place.namespace &&
      !mayShare(other.labelSelector, place.labelSelector),
  )
  return found === undefined ? undefined : { instanceId: found[0], name: found[1].name }
}

/** An empty selector is none. */
const selectorOf = (typed: string | undefined): string | undefined => (typed === '' ? undefined : typed)

export interface BindInstance extends Place {
  readonly instanceId: string
  readonly name: string
  readonly clusterName: string
}
/** Selectors have been read before: one that cannot be read is a defect of the caller. */
export const decideBindInstance = (
  command: BindInstance,
  state: Landscape,
): Decision<'not-found' | 'name-taken' | 'already-bound'> => {
  if (state.sites[command.siteId] === undefined || state.environments[command.environmentId] === undefined)
    return reject('not-found')
  if (nameIsTaken(state.instances, command.name)) return reject('name-taken')
  const labelSelector = selectorOf(command.labelSelector)
  const other = boundAs(state, { ...command, labelSelector })
  if (other !== undefined) return reject('already-bound', other)
  const { instanceId, name, environmentId, siteId, clusterId, clusterName, namespace } = command
  const place = { name, environmentId, siteId, clusterId, clusterName, namespace }
  const selected = labelSelector === undefined ? {} : { labelSelector }
  return [{ type: 'InstanceBound', data: { instanceId, ...place, ...selected } }]
}

export interface EditInstance {
  readonly instanceId: string
  readonly name?: string | undefined
  readonly environmentId?: string | undefined
  /** Empty: the whole namespace; absent: as it is. */
  readonly labelSelector?: string | undefined
  readonly revision?: number | undefined
}
export const decideEditInstance = (
  command: EditInstance,
  state: Landscape,
): Decision<'not-found' | 'changed-meanwhile' | 'name-taken' | 'already-bound'> => {
  const instance = state.instances[command.instanceId]
  if (instance === undefined) return reject('not-found')
  if (isOutdated(instance, command.revision)) return reject('changed-meanwhile')
  const name = command.name ?? instance.name
  const environmentId = command.environmentId ?? instance.environmentId
  const labelSelector = command.labelSelector === undefined ? instance.labelSelector : selectorOf(command.labelSelector)
  if (state.environments[environmentId] === undefined) return reject('not-found')
  if (nameIsTaken(state.instances, name, command.instanceId)) return reject('name-taken')
  // Two instances of the same objects in one environment would be one thing under two names.
  const other = boundAs(state, { ...instance, environmentId, labelSelector }, command.instanceId)
  if (other !== undefined) return reject('already-bound', other)
  if (name === instance.name && environmentId === instance.environmentId && labelSelector === instance.labelSelector)
    return []
  const selected = labelSelector === undefined ? {} : { labelSelector }
  return [
    {
      type: 'InstanceEdited',
      data: { instanceId: command.instanceId, name, environmentId, ...selected },
    },
  ]
}

export const decideDeleteInstance = (
  { instanceId }: { readonly instanceId: string },
  state: Landscape,
): Decision<'not-found'> => {
  const instance = state.instances[instanceId]
  return instance === undefined
    ? reject('not-found')
    : [{ type: 'InstanceDeleted', data: { instanceId, name: instance.name } }]
}
