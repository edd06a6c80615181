import { type Contract, deleteView, editView, listViews, type SavedView, saveView } from '@rancher-hub/contracts'
import { type CallContext, decideCommand, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import { decideDeleteView, decideEditView, decideSaveView, type Viewer } from './decide-views.ts'
import { VIEWS_ID, views } from './views.ts'
import type { ReadViews, ViewDoc } from './views-projection.ts'

const inViews = { aggregate: views, id: () => VIEWS_ID } as const

/** @throws RefusedError forbidden: only people have views */
const viewerOf = (contract: Contract, { actor }: CallContext): Viewer => {
  if (actor.kind !== 'user') throw refuse(contract, 'forbidden')
  return { by: { id: actor.userId, name: actor.name }, mayShare: actor.permissions.includes('view:share') }
}

const toView = ({ _id: id, name, content, shared, owner, changedAt, revision }: ViewDoc, viewer: Viewer): SavedView => {
  const mine = owner.id === viewer.by.id
  // Of their own alone; what is shared, only who may share.
  const changeable = (mine && !shared) || viewer.mayShare
  return { id, name, content, shared, owner, mine, changeable, changedAt, revision }
}

/** Saved views: listing, saving, editing, deleting. */
export const viewFeatures = (readViews: ReadViews): Handler[] => [
  handleQuery(listViews, async ({ screen }, ctx) => {
    const viewer = viewerOf(listViews, ctx)
    const items = (await readViews(ctx.organization, viewer.by.id))
      .filter(({ content }) => screen === undefined || content.screen === screen)
      .map((doc) => toView(doc, viewer))
      .sort((a, b) => Number(b.shared) - Number(a.shared) || a.name.localeCompare(b.name))
    return { items }
  }),
  decideCommand(saveView, {
    ...inViews,
    prepare: (input, ctx) => ({ ...input, ...viewerOf(saveView, ctx), viewId: ctx.newId() }),
    decide: decideSaveView,
    result: ({ viewId }) => ({ id: viewId }),
  }),
  decideCommand(editView, {
    ...inViews,
    prepare: (input, ctx) => ({ ...input, ...viewerOf(editView, ctx) }),
    decide: decideEditView,
    result: () => ({}),
  }),
  decideCommand(deleteView, {
    ...inViews,
    prepare: (input, ctx) => ({ ...input, ...viewerOf(deleteView, ctx) }),
    decide: decideDeleteView,
    result: () => ({}),
  }),
]
