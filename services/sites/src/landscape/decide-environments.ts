import { reject } from '@rancher-hub/domain'
import { type Decision, dependantsOf, isOutdated, type Landscape, nameIsTaken } from './landscape.ts'

export interface CreateEnvironment {
  readonly environmentId: string
  readonly name: string
  readonly colour: string
  readonly protected: boolean
}
export const decideCreateEnvironment = (command: CreateEnvironment, state: Landscape): Decision<'name-taken'> => {
  if (nameIsTaken(state.environments, command.name)) return reject('name-taken')
  const rank = Math.max(-1, ...Object.values(state.environments).map((environment) => environment.rank)) + 1
  const { environmentId, name, colour } = command
  return [{ type: 'EnvironmentCreated', data: { environmentId, name, colour, protected: command.protected, rank } }]
}

export interface EditEnvironment {
  readonly environmentId: string
  readonly name?: string | undefined
  readonly colour?: string | undefined
  readonly protected?: boolean | undefined
  readonly revision?: number | undefined
}
export const decideEditEnvironment = (
  command: EditEnvironment,
  state: Landscape,
): Decision<'not-found' | 'changed-meanwhile' | 'name-taken'> => {
  const environment = state.environments[command.environmentId]
  if (environment === undefined) return reject('not-found')
  if (isOutdated(environment, command.revision)) return reject('changed-meanwhile')
  const name = command.name ?? environment.name
  const colour = command.colour ?? environment.colour
  const isProtected = command.protected ?? environment.protected
  if (nameIsTaken(state.environments, name, command.environmentId)) return reject('name-taken')
  if (name === environment.name && colour === environment.colour && isProtected === environment.protected) return []
  return [
    { type: 'EnvironmentEdited', data: { environmentId: command.environmentId, name, colour, protected: isProtected } },
  ]
}

export const decideOrderEnvironments = (
  { environmentIds }: { readonly environmentIds: readonly string[] },
  state: Landscape,
): Decision<'order-incomplete'> => {
  const known = Object.keys(state.environments)
  const named = new Set(environmentIds)
  const complete =
    named.size === environmentIds.length && named.size === known.length && known.every((id) => named.has(id))
  if (!complete) return reject('order-incomplete')
  if (environmentIds.every((id, rank) => state.environments[id]?.rank === rank)) return []
  return [{ type: 'EnvironmentsOrdered', data: { environmentIds: [...environmentIds] } }]
}

export const decideDeleteEnvironment = (
  { environmentId }: { readonly environmentId: string },
  state: Landscape,
): Decision<'not-found' | 'in-use'> => {
  const environment = state.environments[environmentId]
  if (environment === undefined) return reject('not-found')
  const dependants = dependantsOf(state, (instance) => instance.environmentId === environmentId)
  if (dependants.length > 0) return reject('in-use', { dependants })
  return [{ type: 'EnvironmentDeleted', data: { environmentId, name: environment.name } }]
}
