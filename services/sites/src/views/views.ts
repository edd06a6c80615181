import { Person, ViewContent } from '@rancher-hub/contracts'
import { unreachable } from '@rancher-hub/domain'
import { defineAggregate, type EventOf } from '@rancher-hub/service-kit'
import { z } from 'zod'

const view = {
  viewId: z.uuid(),
  name: z.string(),
  /** Whether everybody of the organization sees it, after this. */
  shared: z.boolean(),
}

/** Data of every event, by type. */
export const viewEventData = {
  ViewSaved: z.object({ ...view, content: ViewContent, owner: Person }),
  ViewEdited: z.object({ ...view, content: ViewContent }),
  ViewShared: z.object(view),
  ViewUnshared: z.object(view),
  ViewDeleted: z.object(view),
} as const

/** What happened to the saved views of an organization. */
export type ViewEvent = EventOf<typeof viewEventData>

export interface ViewEntry {
  readonly name: string
  readonly content: ViewContent
  readonly ownerId: string
  readonly shared: boolean
  readonly revision: number
}
/** The views of an organization, by id. */
export type Views = Readonly<Record<string, ViewEntry>>

/** Id of the one stream of an organization. */
export const VIEWS_ID = 'all'

const edit = (state: Views, id: string, change: Partial<ViewEntry>): Views => {
  const before = state[id]
  return before === undefined ? state : { ...state, [id]: { ...before, ...change, revision: before.revision + 1 } }
}

const evolve = (state: Views, { type, data }: ViewEvent): Views => {
  switch (type) {
    case 'ViewSaved': {
      const { viewId, name, content, owner, shared } = data
      return { ...state, [viewId]: { name, content, ownerId: owner.id, shared, revision: 0 } }
    }
    case 'ViewEdited':
      return edit(state, data.viewId, { name: data.name, content: data.content })
    case 'ViewShared':
    case 'ViewUnshared':
      return edit(state, data.viewId, { shared: data.shared })
    case 'ViewDeleted':
      return Object.fromEntries(Object.entries(state).filter(([id]) => id !== data.viewId))
    default:
      return unreachable(type)
  }
}

/** One stream for all views of an organization: names of shared ones are taken once among everybody’s. */
export const views = defineAggregate<Views, ViewEvent>({
  category: 'views',
  initial: {},
  evolve,
  events: viewEventData,
})
