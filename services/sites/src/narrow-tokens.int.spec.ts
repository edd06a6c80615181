import type { ServerResponse } from 'node:http'
import { listNamespaces, testConnection } from '@rancher-hub/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ScriptedRancher, startScriptedRancher, TOKEN } from './rancher.fixtures.ts'
import { bindNamespaces, type RunningSites, refusal, startSites } from './sites.fixtures.ts'

const clusterId = 'c-m-q7x5k2hd'
const cluster = `/k8s/clusters/${clusterId}`
const reviews = `${cluster}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`

const answer =
  (body: unknown, status = 200) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const forbidden = (what: string) =>
  answer(
    {
      kind: 'Status',
      status: 'Failure',
      reason: 'Forbidden',
      code: 403,
      message: `${what} is forbidden: User "u-abc" cannot ${what === 'namespaces' ? 'list' : 'get'} resource "namespaces" in API group "" at the cluster scope`,
    },
    403,
  )

describe('a token of Rancher that may not list the namespaces of a cluster', () => {
  let rancher: ScriptedRancher
  let sites: RunningSites
  beforeEach(async () => {
    rancher = await startScriptedRancher()
    rancher.answers.set(`${cluster}/api/v1/namespaces`, forbidden('namespaces'))
    sites = await startSites()
  })
  afterEach(async () => {
    await sites[Symbol.asyncDispose]()
    await rancher[Symbol.asyncDispose]()
  })
  const connection = () => ({ kind: 'rancher' as const, url: rancher.url, token: TOKEN })
  const bound = async (namespaces: string[]) => await bindNamespaces(sites, connection(), clusterId, namespaces)

  it('sees those that Rancher shows to a member of a project', async () => {
    rancher.answers.set(
      `${cluster}/v1/namespaces`,
      answer({
        type: 'collection',
        data: [
          {
            id: 'shop',
            type: 'namespace',
            metadata: { name: 'shop', annotations: { 'field.cattle.io/projectId': `${clusterId}:p-shop1` } },
            status: { phase: 'Active' },
          },
        ],
      }),
    )
    const { siteId } = await bound([])
    expect(await sites.call(listNamespaces, { siteId, clusterId })).toMatchObject({
      items: [{ name: 'shop', phase: 'Active', system: false, project: { id: `${clusterId}:p-shop1`, name: 'Shop' } }],
    })
  })

  it('is told so where Rancher shows none either, and names those that are bound', async () => {
    rancher.answers.set(`${cluster}/v1/namespaces`, (response) => void response.writeHead(404).end())
    const { siteId } = await bound(['shop'])
    expect(await sites.call(listNamespaces, { siteId, clusterId })).toMatchObject({
      items: [{ name: 'shop' }],
      problem: {
        code: 'forbidden',
        message: expect.stringContaining('it may not list namespaces in the whole cluster'),
      },
    })
  })

  it('binds a namespace that it may not read itself, as long as it may see something in it', async () => {
    rancher.answers.set(`${cluster}/api/v1/namespaces/shop`, forbidden('namespaces "shop"'))
    expect((await bound(['shop'])).instanceIds).toHaveLength(1)
    rancher.answers.set(reviews, answer({ status: { allowed: false } }, 201))
    expect(await refusal(bound(['shop']))).toMatchObject({
      code: 'no-such-namespace',
      message: expect.stringContaining('The token may not see the namespace shop of prod-eu, nor anything in it'),
    })
  })

  it('is told what it lacks where apps are, not in the namespace default', async () => {
    const { siteId } = await bound(['shop'])
    rancher.answers.set(reviews, answer({ status: { allowed: false } }, 201))
    const { checks } = await sites.call(testConnection, { siteId, connection: connection() })
    expect(checks.find(({ name }) => name === 'permissions')).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('lacks rights in the namespace shop of prod-eu: get, list, watch deployments'),
    })
  })
})
