import { Kind } from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { kindEndpoints, syncedKinds } from './kinds.ts'
import { createKubeApi, type KubeApi, type WatchedKind } from './kube-api.ts'
import { resourceUses } from './resource-uses.ts'
import type { SiteCaller } from './site-caller.ts'

interface Asked {
  readonly method: string
  readonly path: string
}

/** The caller of a site that only writes down what it is asked. */
const recorder = (): { readonly caller: SiteCaller; readonly asked: Asked[] } => {
  const asked: Asked[] = []
  const caller: SiteCaller = {
    host: 'cluster.example',
    json: async ({ method, path }) => {
      asked.push({ method, path })
      return { body: { metadata: {} }, headers: {} }
    },
    text: async () => '',
    stream: async ({ method, path }) => {
      asked.push({ method, path })
      return { status: 200, headers: {}, body: (async function* () {})(), hide: String }
    },
  }
  return { caller, asked }
}

/** What Kubernetes asks its authorizer about a request: `verb group/resource`, or undefined for paths everybody may call. */
const authorized = ({ method, path }: Asked): string | undefined => {
  const [pathname = '', query = ''] = path.split('?')
  const found =
    /^\/api\/v1\/namespaces\/(?<ns>[^/]+)$/.exec(pathname) ??
    /^\/(?:api|apis\/(?<group>[^/]+))\/v\d+\w*\/namespaces\/[^/]+\/(?<resource>\w+)(?:\/(?<name>[^/]+)(?:\/(?<sub>\w+))?)?$/.exec(
      pathname,
    )
  if (found?.groups === undefined) return undefined
  const { group = '', resource = 'namespaces', name, ns, sub } = found.groups
  const isNamed = name !== undefined || ns !== undefined
  const read = query.includes('watch=1') ? 'watch' : isNamed ? 'get' : 'list'
  const verb = { GET: read, POST: 'create', PATCH: 'patch' }[method] ?? method
  return `${verb} ${group}/${resource}${sub === undefined ? '' : `/${sub}`}`
}

const synced = Kind.options
const watched = Object.keys(kindEndpoints) as WatchedKind[]
const signal = new AbortController().signal
const dry = { dryRun: true }
const drain = async (chunks: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of chunks);
}
const watchOptions = { resourceVersion: '1', timeoutSeconds: 1, silenceMs: 1000, signal }

/** Every function of the API, called for every kind that it takes. A new one does not compile until it stands here. */
const calls: Readonly<Record<Exclude<keyof KubeApi, 'host'>, (api: KubeApi) => Promise<unknown>>> = {
  get: async (api) => await Promise.all(synced.map(async (kind) => await api.get(kind, 'shop', 'web'))),
  list: async (api) => await Promise.all(watched.map(async (kind) => await drain(api.list(kind, 'shop')))),
  count: async (api) => await Promise.all(watched.map(async (kind) => await api.count(kind, 'shop'))),
  identity: async (api) => await api.identity(),
  watch: async (api) =>
    await Promise.all(watched.map(async (kind) => await drain(api.watch(kind, 'shop', watchOptions)))),
  patch: async (api) =>
    await Promise.all(synced.map(async (kind) => await api.patch(kind, 'shop', 'web', 'application/json', {}, dry))),
  create: async (api) => await Promise.all(synced.map(async (kind) => await api.create(kind, 'shop', {}, dry))),
  pods: async (api) => await api.pods('shop', { app: 'web' }),
  log: async (api) =>
    await drain(await api.log('shop', 'web-1', { follow: true, previous: false, silenceMs: 1000, signal })),
  namespace: async (api) => await api.namespace('shop'),
  // Cluster-wide, or open to everybody who is signed in.
  namespaces: async (api) => await api.namespaces(),
  visibleNamespaces: async (api) => await api.visibleNamespaces(),
  version: async (api) => await api.version(),
  served: async (api) => await api.served('/apis/argoproj.io/v1alpha1'),
  allowed: async (api) => await api.allowed({ verb: 'get', group: '', resource: 'pods' }, 'shop'),
}

describe('the list of what the hub does in a namespace', () => {
  it('is exactly what the code asks of an API server', async () => {
    const { caller, asked } = recorder()
    const api = createKubeApi(caller, '')
    for (const call of Object.values(calls)) await call(api)
    const done = new Set(asked.map(authorized).filter((each) => each !== undefined))
    const listed = resourceUses.flatMap(({ group, resource, read, write = [] }) =>
      [...read, ...write].map((verb) => `${verb} ${group}/${resource}`),
    )
    expect([...done].sort()).toEqual([...listed].sort())
  })

  it('asks nothing else cluster-wide than the names of the namespaces', async () => {
    const { caller, asked } = recorder()
    await createKubeApi(caller, '').namespaces()
    expect(asked).toEqual([{ method: 'GET', path: '/api/v1/namespaces?limit=500' }])
  })

  it('has every kind that is compared and synced', () => {
    expect([...syncedKinds].sort()).toEqual([...synced].sort())
  })
})
