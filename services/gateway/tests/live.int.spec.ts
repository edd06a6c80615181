import type { AddressInfo } from 'node:net'
import { liveFeed } from '@rancher-hub/api-client'
import { type LiveHint, liveSubject } from '@rancher-hub/contracts'
import { encode } from '@rancher-hub/service-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Browser, type Hub, startHub } from './hub.fixtures.ts'

let hub: Hub
let ada: Browser
let host: string
let organization: string
beforeAll(async () => {
  hub = await startHub()
  ada = await hub.administrator()
  await hub.app.listen({ host: '127.0.0.1', port: 0 })
  host = `127.0.0.1:${(hub.app.server.address() as AddressInfo).port}`
  organization = (await ada.request({ url: '/api/v1/me' })).json().organization.id
})
afterAll(async () => await hub[Symbol.asyncDispose]())

const open = (cookie: string | undefined, origin = `http://${host}`) =>
  new WebSocket(`ws://${host}/api/v1/live`, { headers: { origin, ...(cookie === undefined ? {} : { cookie }) } })
const opened = async (
  socket: WebSocket,
): Promise<{ socket: WebSocket; hints: LiveHint[]; closed: Promise<number> }> => {
  const hints: LiveHint[] = []
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  // The hub greets once it has joined.
  const greeting = await new Promise((resolve, reject) => socket.once('message', resolve).on('error', reject))
  expect(JSON.parse(String(greeting))).toEqual({ heartbeat: true })
  socket.on('message', (data) => hints.push(JSON.parse(String(data))))
  return { socket, hints, closed }
}
/** Status with which an upgrade is refused. */
const refused = async (socket: WebSocket): Promise<number | undefined> =>
  await new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    socket.on('error', () => resolve(undefined))
    socket.on('open', () => resolve(101))
  })
const hint = async (org: string, body: LiveHint) => await hub.bus.publish(liveSubject(org, body.topic), encode(body))

describe('live feed', () => {
  it('is for people who are signed in, on the hub’s own pages', async () => {
    expect(await refused(open(undefined))).toBe(401)
    expect(await refused(open('__Host-hub=forged'))).toBe(401)
    expect(await refused(open(ada.cookie, 'https://evil.example'))).toBe(403)
    expect((await ada.request({ url: '/api/v1/live', headers: { host, origin: `http://${host}` } })).statusCode).toBe(
      404,
    )
  })

  it('brings the hints of the own organization only, once each', async () => {
    const one = await opened(open(ada.cookie))
    const other = await opened(open(ada.cookie))
    await hint('another-organization', { topic: 'sites', id: 'foreign' })
    await hint(organization, { topic: 'syncs', id: 's1' })
    await expect.poll(() => [one.hints.length, other.hints.length]).toEqual([1, 1])
    expect([...one.hints, ...other.hints].map(({ id }) => id)).toEqual(['s1', 's1'])
    one.socket.close()
    other.socket.close()
  })

  it('tells of changes that commands make', async () => {
    const { socket, hints } = await opened(open(ada.cookie))
    await expect
      .poll(async () => {
        await hint(organization, { topic: 'syncs' })
        return hints.length
      })
      .toBeGreaterThan(0)
    const bob = await hub.person(ada, 'bob', 'viewer')
    await expect.poll(() => hints.some(({ topic, id }) => topic === 'people' && id === bob.id)).toBe(true)
    socket.close()
  })

  it('ends with the session', async () => {
    const carol = await hub.person(ada, 'carol', 'viewer')
    const first = await opened(open(carol.cookie))
    await ada.request({ method: 'POST', url: `/api/v1/people/${carol.id}/disable` })
    expect(await first.closed).toBe(4401)
    expect(await refused(open(carol.cookie))).toBe(401)
  })

  it('ends with sign-out for this session alone', async () => {
    const dave = await hub.person(ada, 'dave', 'viewer')
    const other = await opened(open(ada.cookie))
    const own = await opened(open(dave.cookie))
    await dave.request({ method: 'DELETE', url: '/api/v1/session' })
    expect(await own.closed).toBe(4401)
    expect(other.socket.readyState).toBe(WebSocket.OPEN)
    other.socket.close()
  })

  it('works with the client, which tells the app when the session is over', async () => {
    const eve = await hub.person(ada, 'eve', 'viewer')
    const states: string[] = []
    const ended = Promise.withResolvers<void>()
    const connect = (url: string) => new globalThis.WebSocket(url, { headers: { cookie: eve.cookie ?? '' } })
    liveFeed({
      url: `ws://${host}/api/v1/live`,
      onHint: () => undefined,
      onState: (state) => states.push(state),
      onSessionEnd: ended.resolve,
      connect,
    })
    await expect.poll(() => states).toEqual(['connected'])
    await ada.request({ method: 'POST', url: `/api/v1/people/${eve.id}/disable` })
    await ended.promise
  })
})
