import { reject } from '@rancher-hub/domain'
import { type Decision, type InstanceEntry, isOutdated, type Landscape, nameIsTaken } from './landscape.ts'

type Place = Pick<InstanceEntry, 'environmentId' | 'siteId' | 'clusterId' | 'namespace'>

/** Id of the instance that binds this namespace to this environment already. */
const boundAs = (state: Landscape, place: Place, exceptId?: string): string | undefined =>
  Object.entries(state.instances).find(
    ([id, other]) =>
      id !== exceptId &&
      other.environmentId === place.environmentId &&
      other.siteId === place.siteId &&
      other.clusterId === place.clusterId &&
      other.namespace === place.namespace,
  )?.[0]

export interface BindInstance extends Place {
  readonly instanceId: string
  readonly name: string
  readonly clusterName: string
}
export const decideBindInstance = (
  command: BindInstance,
  state: Landscape,
): Decision<'not-found' | 'name-taken' | 'already-bound'> => {
  if (state.sites[command.siteId] === undefined || state.environments[command.environmentId] === undefined)
    return reject('not-found')
  if (nameIsTaken(state.instances, command.name)) return reject('name-taken')
  const instanceId = boundAs(state, command)
  if (instanceId !== undefined) return reject('already-bound', { instanceId })
  const { name, environmentId, siteId, clusterId, clusterName, namespace } = command
  return [
    {
      type: 'InstanceBound',
      data: { instanceId: command.instanceId, name, environmentId, siteId, clusterId, clusterName, namespace },
    },
  ]
}

export interface EditInstance {
  readonly instanceId: string
  readonly name?: string | undefined
  readonly environmentId?: string | undefined
  readonly revision?: number | undefined
}
export const decideEditInstance = (
  command: EditInstance,
  state: Landscape,
): Decision<'not-found' | 'changed-meanwhile' | 'name-taken'> => {
  const instance = state.instances[command.instanceId]
  if (instance === undefined) return reject('not-found')
  if (isOutdated(instance, command.revision)) return reject('changed-meanwhile')
  const name = command.name ?? instance.name
  const environmentId = command.environmentId ?? instance.environmentId
  if (state.environments[environmentId] === undefined) return reject('not-found')
  if (nameIsTaken(state.instances, name, command.instanceId)) return reject('name-taken')
  // Two instances of one namespace in one environment would be one thing under two names.
  if (boundAs(state, { ...instance, environmentId }, command.instanceId) !== undefined) return reject('name-taken')
  if (name === instance.name && environmentId === instance.environmentId) return []
  return [{ type: 'InstanceEdited', data: { instanceId: command.instanceId, name, environmentId } }]
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
