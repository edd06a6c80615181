import type { PersonEntry } from '@rancher-hub/contracts'
import type { Document } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { OrganizationEvent } from '../organization/organization.ts'
import type { SessionEvent } from '../session/session.ts'

/** The list of people, as administrators see it. */
export interface PersonDocument extends Document, Omit<PersonEntry, 'id'> {
  readonly org: string
  /** Lower-case name: the order of the list. */
  readonly sortName: string
  readonly activated: boolean
}

type PeopleEvent = OrganizationEvent | SessionEvent

const change = (person: PersonDocument, event: PeopleEvent, time: string): PersonDocument => {
  switch (event.type) {
    case 'PersonActivated':
      return { ...person, activated: true, state: person.state === 'disabled' ? 'disabled' : 'active' }
    case 'RoleChanged':
      return { ...person, role: event.data.role, revision: person.revision + 1 }
    case 'PersonDisabled':
      return { ...person, state: 'disabled', revision: person.revision + 1 }
    case 'PersonEnabled':
      return { ...person, state: person.activated ? 'active' : 'invited', revision: person.revision + 1 }
    case 'SessionStarted':
      return { ...person, lastSignInAt: time }
    default:
      return person
  }
}

export const people = defineProjection<PersonDocument, PeopleEvent>({
  name: 'people',
  categories: ['org', 'session'],
  indexes: [{ fields: ['org', 'sortName'] }],
  topic: 'people',
  keys: (event) =>
    'userId' in event.data && event.type !== 'SessionSeen' && event.type !== 'SessionEnded' ? [event.data.userId] : [],
  project: (person, event, id) => {
    if (event.type === 'PersonAdded') {
      const { name, username, role } = event.data
      const added = {
        name,
        username,
        role,
        state: 'invited' as const,
        activated: false,
        addedAt: event.time,
        revision: 0,
      }
      return { _id: id, org: event.organization, sortName: name.toLowerCase(), ...added }
    }
    return person === undefined ? undefined : change(person, event, event.time)
  },
})
