import type { Service } from '@rancher-hub/service-kit'

/** The registry service. It has no contracts yet: its process starts, connects and tells its health. */
export const createRegistryService = (): Service => ({
  name: 'registry',
  aggregates: [],
  handlers: [],
  projections: [],
  processManagers: [],
  publish: () => undefined,
})
