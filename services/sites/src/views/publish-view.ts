import { viewEvents } from '@rancher-hub/contracts'
import type { Publication } from '@rancher-hub/service-kit'
import type { ViewEvent } from './views.ts'

const [viewShared, viewEdited, viewUnshared, viewDeleted] = viewEvents

const publicEvents: Readonly<Record<ViewEvent['type'], Publication['event']>> = {
  ViewSaved: viewShared,
  ViewEdited: viewEdited,
  ViewShared: viewShared,
  ViewUnshared: viewUnshared,
  ViewDeleted: viewDeleted,
}

/** What is told of views: that one is shared, under which name. What people keep for themselves is not told. */
export const publishView = ({ type, data }: ViewEvent): Publication | undefined =>
  data.shared || type === 'ViewUnshared' ? { event: publicEvents[type], data } : undefined
