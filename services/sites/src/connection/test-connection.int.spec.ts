import { testConnection } from '@rancher-hub/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { serving } from '../egress/socket-servers.fixtures.ts'
import { type RunningSites, startSites } from '../sites.fixtures.ts'

/** A kubeconfig for a server of this machine. */
const kubeconfigOf = (port: number): string =>
  stringify({
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'u', user: { token: 'canary-9f3b7d' } }],
  })

describe('the test of a plain cluster', () => {
  let sites: RunningSites
  beforeAll(async () => {
    sites = await startSites()
  })
  afterAll(async () => await sites[Symbol.asyncDispose]())

  it.each([
    [404, '404 page not found', 'not-kubernetes'],
    [404, '<html>nothing here</html>', 'not-kubernetes'],
    [400, 'bad request', 'upstream-error'],
    [200, '{"name":"something else"}', 'not-kubernetes'],
  ])(
    'that answers %i says that it is reachable, and that it is the server that is wrong',
    async (status, body, code) => {
      await using server = await serving((_request, response) => response.writeHead(status).end(body))
      const { ok, problem, checks } = await sites.call(testConnection, {
        connection: { kind: 'kubernetes', kubeconfig: kubeconfigOf(server.port) },
      })
      expect([ok, problem?.code]).toEqual([false, code])
      expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
        'address passed',
        'reachable passed',
        'certificate warning',
        'server failed',
        'credentials skipped',
        'clusters skipped',
        'permissions skipped',
      ])
      expect(checks.find(({ state }) => state === 'failed')?.message).toBe(problem?.message)
    },
  )
})
