export type { AuditEntry, Cluster } from './api/cluster.ts'
export type { Fault, Faults } from './faults.ts'
export { type Fleet, type FleetOptions, type FleetPlace, type FleetRancher, startFleet } from './fleet.ts'
export type { ProxiedCluster } from './rancher/rancher-server.ts'
