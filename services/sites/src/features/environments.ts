import {
  createEnvironment,
  deleteEnvironment,
  editEnvironment,
  listEnvironments,
  orderEnvironments,
} from '@rancher-hub/contracts'
import { decideCommand, type Handler, handleQuery } from '@rancher-hub/service-kit'
import {
  decideCreateEnvironment,
  decideDeleteEnvironment,
  decideEditEnvironment,
  decideOrderEnvironments,
} from '../landscape/decide-environments.ts'
import { LANDSCAPE_ID, landscape } from '../landscape/landscape.ts'
import type { SitesDeps } from './sites-deps.ts'

const inLandscape = { aggregate: landscape, id: () => LANDSCAPE_ID } as const

const listEnvironmentsFeature = ({ models }: SitesDeps): Handler =>
  handleQuery(listEnvironments, async (_input, { organization }) => {
    const [environments, instances] = await Promise.all([
      models.environments(organization),
      models.instances(organization),
    ])
    const counts = Map.groupBy(instances, ({ environmentId }) => environmentId)
    return {
      items: environments.map(({ _id: id, name, colour, protected: isProtected, revision }, rank) => ({
        id,
        name,
        colour,
        rank,
        protected: isProtected,
        instanceCount: counts.get(id)?.length ?? 0,
        revision,
      })),
    }
  })

/** Environments: listing, creating, editing, ordering, deleting. */
export const environmentFeatures = (deps: SitesDeps): Handler[] => [
  listEnvironmentsFeature(deps),
  decideCommand(createEnvironment, {
    ...inLandscape,
    prepare: ({ name, colour, protected: isProtected }, ctx) => ({
      environmentId: ctx.newId(),
      name,
      colour,
      protected: isProtected,
    }),
    decide: decideCreateEnvironment,
    result: ({ environmentId }) => ({ id: environmentId }),
  }),
  decideCommand(editEnvironment, { ...inLandscape, decide: decideEditEnvironment, result: () => ({}) }),
  decideCommand(orderEnvironments, { ...inLandscape, decide: decideOrderEnvironments, result: () => ({}) }),
  decideCommand(deleteEnvironment, { ...inLandscape, decide: decideDeleteEnvironment, result: () => ({}) }),
]
