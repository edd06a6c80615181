import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type ApiClient, createApiClient } from '@rancher-hub/api-client'
import { createSignInLink } from '@rancher-hub/auth'
import {
  bindInstance,
  connectSite,
  createEnvironment,
  listInstances,
  lookUpLink,
  redeemLink,
} from '@rancher-hub/contracts'
import { type Fleet, type FleetOptions, startFleet } from '@rancher-hub/fleet'
import { z } from 'zod'
import { type HubSettings, type RunningHub, startHub } from './start-hub.ts'

/** What the demo remembers between its starts: the fleet has to be where the hub knows it. */
const DemoState = z.object({ ports: z.tuple([z.number(), z.number()]), userId: z.string().optional() })
type DemoState = z.output<typeof DemoState>

export interface RunningDemo extends AsyncDisposable {
  readonly hub: RunningHub
  readonly fleet: Fleet
  /** Signs the demo's administrator in, once. */
  readonly link: string
}

const stages = [
  { place: 'dev', name: 'Dev', colour: '#2f855a', isProtected: false },
  { place: 'staging', name: 'Staging', colour: '#b7791f', isProtected: false },
  { place: 'production', name: 'Production', colour: '#c53030', isProtected: true },
] as const

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const loadState = async (file: string): Promise<DemoState> =>
  existsSync(file)
    ? DemoState.parse(JSON.parse(readFileSync(file, 'utf8')))
    : { ports: [await freePort(), await freePort()] }

/** A client that keeps its session cookie. */
const sessionClient = (url: string): ApiClient => {
  let cookie = ''
  return createApiClient({
    baseUrl: url,
    fetch: async (input, init) => {
      const response = await fetch(input, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie },
      })
      for (const each of response.headers.getSetCookie()) cookie = each.split(';', 1)[0] ?? ''
      return response
    },
  })
}

/** Connects everything, as a person would in the first steps. */
export const connectFleet = async (client: ApiClient, fleet: Fleet): Promise<void> => {
  const { ranchers, places } = fleet
  const connect = async (rancher: 'dev' | 'production'): Promise<string> => {
    const { name, url, token } = ranchers[rancher]
    return (await client.call(connectSite, { name, connection: { kind: 'rancher', url, token } })).id
  }
  const sites = { dev: await connect('dev'), production: await connect('production') }
  for (const { place, name, colour, isProtected } of stages) {
    const { id: environmentId } = await client.call(createEnvironment, { name, colour, protected: isProtected })
    const { rancher, clusterId, namespace } = places[place]
    await client.call(bindInstance, {
      name: `shop ${name.toLowerCase()}`,
      environmentId,
      siteId: sites[rancher],
      clusterId,
      namespace,
    })
  }
}

const setUp = async (hub: RunningHub, fleet: Fleet, firstLink: string): Promise<string> => {
  const client = sessionClient(hub.url)
  const token = firstLink.split('#')[1] ?? ''
  await client.call(lookUpLink, { token })
  const password = crypto.randomUUID()
  const { me } = await client.call(redeemLink, {
    token,
    name: 'Demo Administrator',
    username: 'demo',
    password,
    organizationName: 'Lantern',
  })
  if ((await client.call(listInstances, {})).total === 0) await connectFleet(client, fleet)
  return me.user.id
}

/** Hub and simulated fleet together, all connected. What was there before stays, unless `reset`. */
export const startDemo = async (
  settings: HubSettings,
  options: { readonly reset?: boolean | undefined; readonly fleet?: FleetOptions | undefined } = {},
): Promise<RunningDemo> => {
  const { dataDir } = settings.hub
  if (options.reset === true) rmSync(dataDir, { recursive: true, force: true })
  const stack = new AsyncDisposableStack()
  try {
    const stateFile = join(dataDir, 'demo.json')
    const state = await loadState(stateFile)
    const fleet = stack.use(await startFleet({ ...options.fleet, ports: state.ports }))
    const hub = stack.use(await startHub({ ...settings, hub: { ...settings.hub, allowLoopbackSites: true } }))
    const firstLink = await hub.firstAdministratorLink()
    const userId = firstLink === undefined ? state.userId : await setUp(hub, fleet, firstLink)
    if (userId === undefined) throw new Error(`${stateFile} is incomplete; start again with --reset`)
    writeFileSync(stateFile, JSON.stringify({ ...state, userId }))
    const { url: link } = await createSignInLink({ store: hub.store, publicUrl: hub.url }, userId)
    const owned = stack.move()
    return { hub, fleet, link, [Symbol.asyncDispose]: async () => await owned.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
