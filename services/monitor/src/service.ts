import type { Service } from '@rancher-hub/service-kit'

/** The monitor service. It has no contracts yet: its process starts, connects and tells its health. */
export const createMonitorService = (): Service => ({
  name: 'monitor',
  aggregates: [],
  handlers: [],
  projections: [],
  processManagers: [],
  publish: () => undefined,
})
