import type { Person, ViewContent } from '@rancher-hub/contracts'
import type { Collection, Document, ReadModels } from '@rancher-hub/read-model'
import { defineProjection } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import type { ViewEvent } from './views.ts'

export interface ViewDoc extends Document {
  readonly org: string
  readonly ownerId: string
  readonly owner: z.output<typeof Person>
  readonly name: string
  readonly content: ViewContent
  readonly shared: boolean
  readonly changedAt: string
  readonly revision: number
}

/** Saved views, as screens offer them. */
export const viewsProjection = defineProjection<ViewDoc, ViewEvent>({
  name: 'views',
  categories: ['views'],
  indexes: [{ fields: ['org', 'ownerId'] }, { fields: ['org', 'shared'] }],
  topic: 'views',
  keys: ({ data }) => [data.viewId],
  project: (doc, event, id) => {
    if (event.type === 'ViewDeleted') return undefined
    if (event.type === 'ViewSaved') {
      const { name, content, shared, owner } = event.data
      const facts = { name, content, shared, owner, ownerId: owner.id }
      return { _id: id, org: event.organization, ...facts, changedAt: event.time, revision: 0 }
    }
    if (doc === undefined) return undefined
    const changed = { ...doc, changedAt: event.time, revision: doc.revision + 1 }
    if (event.type === 'ViewEdited') return { ...changed, name: event.data.name, content: event.data.content }
    return { ...changed, shared: event.data.shared }
  },
})

/** The views that a person sees: their own, and what is shared. */
export type ReadViews = (organization: string, userId: string) => Promise<ViewDoc[]>

/** Opens the read model of saved views. */
export const openViewsModel = (models: ReadModels): ReadViews => {
  const { name, indexes } = viewsProjection
  const collection = async (): Promise<Collection<ViewDoc>> => await models.collection<ViewDoc>(name, { indexes })
  return async (org, ownerId) => {
    const all = await collection()
    const [own, shared] = await Promise.all([all.find({ org, ownerId }), all.find({ org, shared: true })])
    return [...new Map([...own, ...shared].map((doc) => [doc._id, doc])).values()]
  }
}
