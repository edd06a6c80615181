import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A token that the server below accepts. */
export const TOKEN = 'token-abcde:canary-9f3b7d-token'

export interface ScriptedRancher extends AsyncDisposable {
  readonly url: string
  /** `METHOD path authorization` of every request. */
  readonly asked: string[]
  /** Answers that replace the usual ones, by path without query. */
  readonly answers: Map<string, (response: ServerResponse, request: IncomingMessage) => void>
}

const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const unauthorized = json({ type: 'error', status: '401', message: 'Unauthorized 401: must authenticate' }, 401)
const collection = (data: unknown[]) => json({ type: 'collection', pagination: { limit: 1000 }, data })

const usual: Record<string, (response: ServerResponse) => void> = {
  '/v3/settings/server-version': json({ value: 'v2.15.0' }),
  '/v3/tokens/token-abcde': json({ id: 'token-abcde', expiresAt: '2027-02-01T00:00:00Z', clusterId: '' }),
  '/v3/clusters': collection([
    {
      id: 'c-m-q7x5k2hd',
      name: 'prod-eu',
      state: 'active',
      provider: 'rke2',
      nodeCount: 3,
      version: { gitVersion: 'v1.33.4+rke2r1' },
    },
    { id: 'c-m-aaaaaaaa', name: 'dev-eu', state: 'unavailable', provider: '' },
  ]),
  '/v3/projects': collection([{ id: 'c-m-q7x5k2hd:p-shop1', name: 'Shop' }]),
  '/k8s/clusters/c-m-q7x5k2hd/api/v1/namespaces': json({
    metadata: {},
    items: [
      {
        metadata: { name: 'shop', annotations: { 'field.cattle.io/projectId': 'c-m-q7x5k2hd:p-shop1' } },
        status: { phase: 'Active' },
      },
      { metadata: { name: 'cattle-system' }, status: { phase: 'Active' } },
    ],
  }),
  '/k8s/clusters/c-m-q7x5k2hd/api/v1/namespaces/shop': json({ metadata: { name: 'shop' } }),
  '/k8s/clusters/c-m-q7x5k2hd/apis/authorization.k8s.io/v1/selfsubjectaccessreviews': json(
    { status: { allowed: true } },
    201,
  ),
}

/** A Rancher server as far as connecting to it goes, whose answers a spec can replace. */
export const startScriptedRancher = async (): Promise<ScriptedRancher> => {
  const asked: string[] = []
  const answers: ScriptedRancher['answers'] = new Map()
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://server')
    asked.push(`${request.method} ${pathname} ${request.headers.authorization ?? '-'}`)
    const scripted = answers.get(pathname)
    if (scripted !== undefined) scripted(response, request)
    else if (pathname === '/rancherversion')
      json({ Version: 'v2.15.0', GitCommit: 'abc', RancherPrime: 'false' })(response)
    else if (request.headers.authorization !== `Bearer ${TOKEN}`) unauthorized(response)
    else
      (usual[pathname] ?? json({ type: 'error', status: 404, code: 'NotFound', message: 'not found' }, 404))(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
