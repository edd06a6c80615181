import { describe, expect, it } from 'vitest'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { SiteError } from '../egress/site-error.ts'
import { startScriptedRancher, TOKEN } from '../rancher.fixtures.ts'
import { openSite } from './connected-site.ts'

const policy = createNetworkPolicy({ allowLoopback: true })
const message = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof SiteError ? error.problem.message : `not a SiteError: ${String(error)}`
}

describe('a list', () => {
  it('whose pages begin anew is given up, of Rancher and of Kubernetes', async () => {
    await using rancher = await startScriptedRancher()
    let pages = 0
    const json = (body: unknown) => (response: Parameters<Parameters<typeof rancher.answers.set>[1]>[0]) => {
      pages += 1
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    rancher.answers.set(
      '/v3/clusters',
      json({ data: [], pagination: { next: 'http://elsewhere.example/v3/clusters?marker=again' } }),
    )
    rancher.answers.set(
      '/k8s/clusters/local/apis/apps/v1/namespaces/shop/deployments',
      json({ items: [], metadata: { continue: 'again' } }),
    )
    await using site = openSite(
      { kind: 'rancher', url: rancher.url, secret: { token: TOKEN } },
      { policy, concurrency: 4 },
    )
    expect(await message(site.clusters())).toMatch(/sends a list without end/)
    expect(await message(Array.fromAsync(site.cluster('local').list('Deployment', 'shop')))).toMatch(
      /sends a list without end/,
    )
    expect(pages).toBe(4)
  })

  it('whose pages are always others is given up at last', async () => {
    await using rancher = await startScriptedRancher()
    let page = 0
    rancher.answers.set('/k8s/clusters/local/api/v1/namespaces', (response) => {
      page += 1
      response.writeHead(200).end(JSON.stringify({ items: [], metadata: { continue: `page-${page}` } }))
    })
    await using site = openSite(
      { kind: 'rancher', url: rancher.url, secret: { token: TOKEN } },
      { policy, concurrency: 4 },
    )
    expect(await message(site.cluster('local').namespaces())).toMatch(/sends a list without end \(page 2001\)/)
  })
})
