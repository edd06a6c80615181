import type { Document } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { OrganizationEvent } from '../organization/organization.ts'

/** Names of organizations. */
export interface OrganizationDocument extends Document {
  readonly org: string
  readonly name: string
}

export const organizations = defineProjection<OrganizationDocument, OrganizationEvent>({
  name: 'organizations',
  categories: ['org'],
  keys: (event) => (event.type === 'OrganizationFounded' ? [event.streamId] : []),
  project: (doc, event, id) =>
    event.type === 'OrganizationFounded' ? { _id: id, org: event.organization, name: event.data.name } : doc,
})
