import { type ViewContent, viewLimits } from '@rancher-hub/contracts'
import { isRejection } from '@rancher-hub/domain'
import { describe, expect, it } from 'vitest'
import { decideDeleteView, decideEditView, decideSaveView } from './decide-views.ts'
import { type ViewEvent, type Views, views } from './views.ts'

const ada = { by: { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f01', name: 'Ada' }, mayShare: true }
const bob = { by: { id: '6f1c3a52-1111-4a6e-9d43-0a5a2f6a9f02', name: 'Bob' }, mayShare: false }
const workloads: Extract<ViewContent, { screen: 'workloads' }> = {
  screen: 'workloads',
  filter: { status: ['degraded'] },
  sort: 'status',
  direction: 'asc',
}
const config: ViewContent = { screen: 'config', filter: { used: false }, sort: 'name', direction: 'asc' }

const after = (...events: readonly ViewEvent[]): Views => events.reduce(views.evolve, views.initial)
const saved = (
  viewId: string,
  name: string,
  shared: boolean,
  { by } = ada,
  content: ViewContent = workloads,
): ViewEvent => ({
  type: 'ViewSaved',
  data: { viewId, name, shared, content, owner: by },
})
const outcome = (decision: ReturnType<typeof decideEditView>): unknown =>
  isRejection(decision) ? decision.rejected : decision.map(({ type }) => type)
const save = (state: Views, name: string, { as = ada, shared = false, content = workloads as ViewContent } = {}) =>
  outcome(decideSaveView({ ...as, viewId: 'new', name, shared, content }, state))

describe('saving a view', () => {
  it('takes a name once among one’s own, and once among shared ones, per screen', () => {
    const state = after(saved('1', 'Mine', false), saved('2', 'Ours', true))
    expect(save(state, 'MINE')).toBe('name-taken')
    expect(save(state, 'Mine', { content: config })).toEqual(['ViewSaved'])
    expect(save(state, 'Mine', { as: bob })).toEqual(['ViewSaved'])
    expect(save(state, 'ours', { as: { ...bob, mayShare: true }, shared: true })).toBe('name-taken')
  })

  it('needs a right to share', () => {
    expect(save(after(), 'Ours', { as: bob, shared: true })).toBe('may-not-share')
  })

  it('ends at the limits', () => {
    const own = Array.from({ length: viewLimits.own }, (_each, at) => saved(`${at}`, `view ${at}`, false))
    expect(save(after(...own), 'one more')).toBe('too-many')
    expect(save(after(...own), 'one more', { as: bob })).toEqual(['ViewSaved'])
    const person = (at: number) => ({ ...ada, by: { id: `${at % 5}`, name: 'Somebody' } })
    const shared = Array.from({ length: viewLimits.shared }, (_each, at) =>
      saved(`${at}`, `view ${at}`, true, person(at)),
    )
    expect(save(after(...shared), 'one more', { shared: true })).toBe('too-many')
  })
})

describe('editing a view', () => {
  const state = after(saved('own', 'Own', false, bob), saved('ours', 'Ours', true), saved('bobs', 'Bob’s', true, bob))
  const edit = (viewId: string, change: object, as = ada) =>
    outcome(decideEditView({ ...as, viewId, ...change }, state))

  it('says nothing of what others keep for themselves', () => {
    expect([edit('own', { name: 'x' }), edit('none', { name: 'x' })]).toEqual(['not-found', 'not-found'])
  })

  it('of others needs the right to share, and leaves it shared', () => {
    expect(edit('ours', { name: 'x' }, bob)).toBe('not-yours')
    expect(edit('bobs', { name: 'x' })).toEqual(['ViewEdited'])
    expect(edit('bobs', { shared: false })).toBe('not-yours')
  })

  it('that is shared needs the right to share, also of its owner', () => {
    expect(edit('bobs', { name: 'x' }, bob)).toBe('may-not-share')
    expect(edit('bobs', { shared: false, name: 'x' }, bob)).toEqual(['ViewEdited', 'ViewUnshared'])
    expect(edit('own', { shared: true }, bob)).toBe('may-not-share')
    expect(edit('own', { content: { ...workloads, sort: 'age' } }, bob)).toEqual(['ViewEdited'])
  })

  it('tells who was slower, and changes nothing where nothing changes', () => {
    expect(edit('ours', { name: 'x', revision: 3 })).toBe('changed-meanwhile')
    expect(edit('ours', { name: 'Ours', revision: 0, content: { ...workloads } })).toEqual([])
  })

  it('keeps it on its screen', () => {
    expect(edit('ours', { content: config })).toBe('other-screen')
  })

  it('does not take the name of another', () => {
    expect(edit('ours', { name: 'bob’s' })).toBe('name-taken')
  })
})

describe('deleting a view', () => {
  const state = after(saved('own', 'Own', false, bob), saved('ours', 'Ours', true))
  const remove = (viewId: string, as = ada) => outcome(decideDeleteView({ ...as, viewId }, state))

  it('is for its owner, and of shared ones for who may share', () => {
    expect([remove('own', bob), remove('ours')]).toEqual([['ViewDeleted'], ['ViewDeleted']])
    expect([remove('own'), remove('ours', bob)]).toEqual(['not-found', 'not-yours'])
  })
})
