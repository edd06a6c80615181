import { connectSite, editSite, listSiteChanges } from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ScriptedRancher, startScriptedRancher, TOKEN } from '../../rancher.fixtures.ts'
import { type RunningSites, startSites } from '../../sites.fixtures.ts'

describe('the history of a site', () => {
  let sites: RunningSites
  let first: ScriptedRancher
  let second: ScriptedRancher
  beforeAll(async () => {
    ;[sites, first, second] = await Promise.all([startSites(), startScriptedRancher(), startScriptedRancher()])
  })
  afterAll(async () => {
    await sites[Symbol.asyncDispose]()
    await first[Symbol.asyncDispose]()
    await second[Symbol.asyncDispose]()
  })

  it('names the server before and the one after, where it is another; nothing of a path or of secrets', async () => {
    const at = ({ url }: ScriptedRancher) => ({ kind: 'rancher' as const, url: `${url}/dashboard/home`, token: TOKEN })
    const { id: siteId } = await sites.call(connectSite, { name: 'Europe', connection: at(first) })
    await sites.call(editSite, { siteId, connection: at(second) })
    await sites.call(editSite, { siteId, connection: at(second) })
    const { items } = await sites.call(listSiteChanges, { siteId })
    const [again, moved, connected] = items.filter(({ change }) => change !== 'facts-read')
    expect(moved).toMatchObject({
      change: 'reconnected',
      parts: ['address'],
      address: { before: new URL(first.url).host, after: new URL(second.url).host },
    })
    expect([again?.change, again?.address]).toEqual(['reconnected', undefined])
    expect([connected?.change, connected?.address]).toEqual(['connected', undefined])
    expect(sites.answers.join('\n')).not.toContain(TOKEN)
  })
})
