import { connectSite, listClusters, testConnection } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { everythingOf, refusal, startSites } from '../sites.fixtures.ts'
import { GET, serving, siteAt } from './socket-servers.fixtures.ts'

const secret = 'token-abcde:canary-echo-token'
const gate = 'canary-echo-header'

describe('a server that says back what it was sent, as some proxies do with errors', () => {
  it.each([500, 403])('makes no secret show (status %i)', async (status) => {
    await using sites = await startSites()
    let broken = false
    await using server = await serving((request, response) => {
      if (request.url === '/rancherversion' && !broken) {
        response.end(JSON.stringify({ Version: 'v2.15.0' }))
        return
      }
      const words = JSON.stringify(request.headers)
      response.writeHead(broken ? status : 200).end(broken ? `Not possible now: ${words}` : '{"data":[]}')
    })
    const url = `http://127.0.0.1:${server.port}`
    const headers = [{ name: 'x-gate', value: gate }]
    const connection = { kind: 'rancher' as const, url, token: secret, headers }
    const { id: siteId } = await sites.call(connectSite, { name: 'Echo', connection })
    broken = true
    const told = await refusal(sites.call(listClusters, { siteId }))
    const tested = await sites.call(testConnection, { connection })
    const everything = [JSON.stringify([told.message, told.details, tested]), await everythingOf(sites)].join('\n')
    expect(tested.ok).toBe(false)
    expect(told.message).toContain('Not possible now')
    expect(everything).not.toContain('canary-echo')
  })

  it('makes none show where it refuses a stream either', async () => {
    await using server = await serving((request, response) => {
      response.writeHead(403).end(`No: ${JSON.stringify(request.headers)}`)
    })
    await using http = siteAt(server.port)
    const { body } = await http.stream({ ...GET, silenceMs: 5_000 })
    const words = Buffer.concat(await Array.fromAsync(body)).toString()
    expect(words).toContain('"authorization":"Bearer ***"')
    expect(words).not.toContain('canary-limits')
  })
})
