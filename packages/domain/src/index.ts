export { type Address, hostsOf, parseAddress } from './address.ts'
export {
  type Decide,
  type DomainEvent,
  type Evolve,
  isRejection,
  type Rejection,
  reject,
  unreachable,
} from './decide.ts'
export type { EventContext, Project, StoredEvent } from './project.ts'
