import { readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'
import { describe } from 'vitest'
import { parse } from 'yaml'
import { type Api, kubernetesConformance } from '../src/conformance.contract.ts'
import { type ProxiedCluster, startFleet } from '../src/index.ts'

const kubeconfig = process.env['KUBECONFIG_REAL']
/** The real server's database, to make it forget; over HTTP. */
const etcd = process.env['KUBE_ETCD_URL']

/** An API server behind a base address. */
const apiAt = (base: string, token: string, dispatcher: Agent): Api => {
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' }
  return {
    call: async (method, path, body, contentType = 'application/json') => {
      const response = await fetch(`${base}${path}`, {
        method,
        dispatcher,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': contentType }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      // A refused watch is one line; everything else is one document.
      const json = text.startsWith('{"type"') ? (text.split('\n')[0] ?? '') : text
      return {
        status: response.status,
        body: json.startsWith('{') ? (JSON.parse(json) as Record<string, unknown>) : {},
      }
    },
    text: async (path) => {
      const response = await fetch(`${base}${path}`, { dispatcher, headers })
      return { status: response.status, text: await response.text() }
    },
    lines: async function* (path) {
      const response = await fetch(`${base}${path}`, { dispatcher, headers })
      let rest = ''
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) {
        const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        yield* lines
      }
    },
    watch: async function* (path) {
      const response = await fetch(`${base}${path}`, { dispatcher, headers })
      let rest = ''
      const decoder = new TextDecoder()
      for await (const chunk of response.body ?? []) {
        const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) yield JSON.parse(line) as { type: string; object: Record<string, unknown> }
      }
    },
  }
}

const realCluster = (): ProxiedCluster => {
  const config = parse(readFileSync(kubeconfig ?? '', 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { token: string } }[]
  }
  const [cluster, user] = [config.clusters[0]?.cluster, config.users[0]?.user]
  const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString('utf8')
  return { url: cluster?.server ?? '', token: user?.token ?? '', ca }
}

/** Compacts the real server's database up to now. */
const compactReal = async (): Promise<void> => {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`etcd: ${response.status} ${await response.text()}`)
    return await response.json()
  }
  const { header } = (await post('/v3/maintenance/status', {})) as { readonly header: { readonly revision: string } }
  await post('/v3/kv/compaction', { revision: header.revision })
}

const openFront = async (clusterId: string, real?: ProxiedCluster) => {
  const fleet = await startFleet({ stepMs: 10, real })
  const dispatcher = new Agent()
  const { url, token } = fleet.ranchers.dev
  return {
    api: apiAt(`${url}/k8s/clusters/${clusterId}`, token, dispatcher),
    hasLogs: real === undefined,
    compact: real === undefined ? async () => fleet.places.dev.cluster.compact() : compactReal,
    [Symbol.asyncDispose]: async () => {
      await dispatcher.destroy()
      await fleet[Symbol.asyncDispose]()
    },
  }
}

kubernetesConformance('simulator behind its Rancher front', async () => await openFront('c-m-dev00001'))

describe.skipIf(kubeconfig === undefined || etcd === undefined)('[real Kubernetes, etcd]', () => {
  kubernetesConformance('real server', async () => {
    const { url, token, ca } = realCluster()
    const dispatcher = new Agent({ connect: { ca } })
    return {
      api: apiAt(url, token, dispatcher),
      compact: compactReal,
      hasLogs: false,
      [Symbol.asyncDispose]: async () => await dispatcher.destroy(),
    }
  })
  kubernetesConformance(
    'real server behind the Rancher front',
    async () => await openFront('c-m-real0001', realCluster()),
  )
})
