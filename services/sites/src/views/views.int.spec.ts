import {
  type CallInputOf,
  type Contract,
  deleteView,
  editView,
  listViews,
  type Permission,
  type ResultOf,
  saveView,
} from '@rancher-hub/contracts'
import { createCaller, createTokenSigner, newId } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGround, type RunningSites, refusal, startSites } from '../sites.fixtures.ts'

const ground = createGround()
let sites: RunningSites
beforeAll(async () => {
  sites = await startSites({ ground })
})
afterAll(async () => await sites[Symbol.asyncDispose]())

/** Somebody who calls through the gateway. */
const somebody = (name: string, permissions: readonly Permission[], organization = 'org-1', userId = newId()) => {
  const actor = { kind: 'user', userId, name, permissions } as const
  const signer = createTokenSigner('gateway', ground.gatewayKeys.privateKey)
  return {
    actor,
    call: async <C extends Contract>(contract: C, input: CallInputOf<C>): Promise<ResultOf<C>> =>
      await createCaller(sites.bus).call(contract, input, {
        token: await signer.sign({ organization, actor }),
        correlationId: newId(),
      }),
  }
}
const content = { screen: 'workloads' as const, filter: { status: ['degraded' as const] }, sort: 'status' as const }
const named = async (who: ReturnType<typeof somebody>) =>
  (await who.call(listViews, { screen: 'workloads' })).items.map(({ name, mine, changeable }) => [
    name,
    mine,
    changeable,
  ])

describe('saved views', () => {
  const ada = somebody('Ada', ['inventory:read', 'view:share'])
  const bob = somebody('Bob', ['inventory:read'])
  const eve = somebody('Eve', ['inventory:read', 'view:share'], 'org-2')

  it('are seen by their owner; shared ones by the organization, and by no other', async () => {
    await ada.call(saveView, { name: 'Mine', content })
    await ada.call(saveView, { name: 'Ours', content, shared: true })
    await bob.call(saveView, { name: 'Bob’s', content })
    expect(await named(ada)).toEqual([
      ['Ours', true, true],
      ['Mine', true, true],
    ])
    expect(await named(bob)).toEqual([
      ['Ours', false, false],
      ['Bob’s', true, true],
    ])
    expect(await named(eve)).toEqual([])
    expect((await ada.call(listViews, { screen: 'config' })).items).toEqual([])
  })

  it('keep what they show, with defaults filled in, and who made them', async () => {
    const [ours] = (await bob.call(listViews, {})).items
    expect(ours).toMatchObject({
      content: { ...content, direction: 'asc' },
      owner: { id: ada.actor.userId, name: 'Ada' },
      revision: 0,
    })
  })

  it('tell the second of two who edit', async () => {
    const [ours] = (await ada.call(listViews, {})).items
    const viewId = ours?.id ?? ''
    await ada.call(editView, { viewId, name: 'In trouble', revision: 0 })
    expect((await refusal(ada.call(editView, { viewId, name: 'Trouble', revision: 0 }))).code).toBe('changed-meanwhile')
    expect((await refusal(bob.call(editView, { viewId, name: 'Trouble' }))).code).toBe('not-yours')
    expect((await refusal(eve.call(editView, { viewId, name: 'Trouble' }))).code).toBe('not-found')
    expect((await refusal(eve.call(deleteView, { viewId }))).code).toBe('not-found')
  })

  it('are shared, taken back and deleted', async () => {
    const { id: viewId } = await ada.call(saveView, { name: 'Soon', content })
    expect((await refusal(bob.call(saveView, { name: 'No', content, shared: true }))).code).toBe('may-not-share')
    await ada.call(editView, { viewId, shared: true })
    expect((await named(bob)).map(([name]) => name)).toContain('Soon')
    await ada.call(editView, { viewId, shared: false })
    expect((await named(bob)).map(([name]) => name)).not.toContain('Soon')
    await ada.call(deleteView, { viewId })
    expect((await named(ada)).map(([name]) => name)).not.toContain('Soon')
  })

  it('stay as they are where their owner may not share any more; they can take them back and delete them', async () => {
    const dan = somebody('Dan', ['inventory:read', 'view:share'])
    const { id: viewId } = await dan.call(saveView, { name: 'Dan’s', content, shared: true })
    const demoted = somebody('Dan', ['inventory:read'], 'org-1', dan.actor.userId)
    expect(await named(demoted)).toContainEqual(['Dan’s', true, false])
    expect((await refusal(demoted.call(editView, { viewId, name: 'Mine' }))).code).toBe('may-not-share')
    await demoted.call(editView, { viewId, shared: false })
    expect(await named(demoted)).toContainEqual(['Dan’s', true, true])
    await demoted.call(deleteView, { viewId })
  })

  it('take one name once, also when two save it at the same moment', async () => {
    const both = await Promise.allSettled([
      ada.call(saveView, { name: 'Twice', content, shared: true }),
      somebody('Cy', ['inventory:read', 'view:share']).call(saveView, { name: 'twice', content, shared: true }),
    ])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('take nothing that the screen would not', async () => {
    const filter = { status: ['fine'] } as never
    expect((await refusal(ada.call(saveView, { name: 'x', content: { ...content, filter } }))).code).toBe(
      'invalid-input',
    )
  })
})
