export type { Faults } from './faults.ts'
export { type StandIn, type StandInOptions, startStandIn } from './server.ts'
