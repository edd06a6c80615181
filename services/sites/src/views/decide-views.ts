import { isDeepStrictEqual } from 'node:util'
import { type Person, type ViewContent, viewLimits } from '@rancher-hub/contracts'
import { type Rejection, reject } from '@rancher-hub/domain'
import type { z } from 'zod'
import { isOutdated, nameKey } from '../landscape/landscape.ts'
import type { ViewEntry, ViewEvent, Views } from './views.ts'

/** Who wants something, and whether they may show the organization something. */
export interface Viewer {
  readonly by: z.output<typeof Person>
  readonly mayShare: boolean
}
type Decision<Code extends string> = readonly ViewEvent[] | Rejection<Code>

/** Among one’s own views a name is taken once per screen, and once among all shared ones. */
const isTaken = (state: Views, wanted: Omit<ViewEntry, 'revision'>, exceptId?: string): boolean =>
  Object.entries(state).some(
    ([id, other]) =>
      id !== exceptId &&
      other.content.screen === wanted.content.screen &&
      nameKey(other.name) === nameKey(wanted.name) &&
      (other.ownerId === wanted.ownerId || (other.shared && wanted.shared)),
  )

const sharedCount = (state: Views): number => Object.values(state).filter(({ shared }) => shared).length

export interface SaveView extends Viewer {
  readonly viewId: string
  readonly name: string
  readonly content: ViewContent
  readonly shared: boolean
}
export const decideSaveView = (
  { viewId, name, content, shared, by, mayShare }: SaveView,
  state: Views,
): Decision<'name-taken' | 'may-not-share' | 'too-many'> => {
  if (shared && !mayShare) return reject('may-not-share')
  if (isTaken(state, { name, content, shared, ownerId: by.id })) return reject('name-taken')
  const own = Object.values(state).filter(({ ownerId }) => ownerId === by.id).length
  if (own >= viewLimits.own || (shared && sharedCount(state) >= viewLimits.shared)) return reject('too-many')
  return [{ type: 'ViewSaved', data: { viewId, name, content, shared, owner: by } }]
}

export interface EditView extends Viewer {
  readonly viewId: string
  readonly name?: string | undefined
  readonly content?: ViewContent | undefined
  readonly shared?: boolean | undefined
  readonly revision?: number | undefined
}

/** Why somebody may not change a view so. What is somebody else’s alone is as good as not there. */
const editProblem = (
  { by, mayShare, shared }: EditView,
  view: ViewEntry | undefined,
): 'not-found' | 'not-yours' | 'may-not-share' | undefined => {
  if (view === undefined) return 'not-found'
  const isMine = view.ownerId === by.id
  if (!isMine && !view.shared) return 'not-found'
  if (!isMine && (!mayShare || shared === false)) return 'not-yours'
  return (shared ?? view.shared) && !mayShare ? 'may-not-share' : undefined
}

export const decideEditView = (
  command: EditView,
  state: Views,
): Decision<
  'not-found' | 'not-yours' | 'may-not-share' | 'other-screen' | 'changed-meanwhile' | 'name-taken' | 'too-many'
> => {
  const { viewId } = command
  const view = state[viewId]
  const problem = editProblem(command, view)
  if (view === undefined || problem !== undefined) return reject(problem ?? 'not-found')
  if (isOutdated(view, command.revision)) return reject('changed-meanwhile')
  const { name = view.name, content = view.content, shared = view.shared } = command
  if (content.screen !== view.content.screen) return reject('other-screen')
  if (isTaken(state, { ...view, name, content, shared }, viewId)) return reject('name-taken')
  if (shared && !view.shared && sharedCount(state) >= viewLimits.shared) return reject('too-many')
  const events: ViewEvent[] = []
  if (name !== view.name || !isDeepStrictEqual(content, view.content))
    events.push({ type: 'ViewEdited', data: { viewId, name, content, shared: view.shared } })
  if (shared !== view.shared)
    events.push({ type: shared ? 'ViewShared' : 'ViewUnshared', data: { viewId, name, shared } })
  return events
}

export interface DeleteView extends Viewer {
  readonly viewId: string
}
export const decideDeleteView = (
  { viewId, by, mayShare }: DeleteView,
  state: Views,
): Decision<'not-found' | 'not-yours'> => {
  const view = state[viewId]
  const isMine = view?.ownerId === by.id
  if (view === undefined || (!isMine && !view.shared)) return reject('not-found')
  if (!isMine && !mayShare) return reject('not-yours')
  return [{ type: 'ViewDeleted', data: { viewId, name: view.name, shared: view.shared } }]
}
