import { readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'
import { parse, parseAllDocuments } from 'yaml'

export type Json = Record<string, unknown>

/** A Kubernetes server that tests talk to beside the hub. */
export interface TestCluster {
  readonly kubeconfig: string
  /** The same, taken apart. */
  readonly direct: { readonly url: string; readonly token: string; readonly ca: string }
  /** @throws Error for answers of 300 and above */
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Json>
  apply(namespace: string, objects: readonly Json[]): Promise<void>
}

const plurals: Readonly<Record<string, string>> = {
  Deployment: 'apis/apps/v1|deployments',
  StatefulSet: 'apis/apps/v1|statefulsets',
  ConfigMap: 'api/v1|configmaps',
  Secret: 'api/v1|secrets',
  Service: 'api/v1|services',
  ServiceAccount: 'api/v1|serviceaccounts',
}

/** Path of an object's list or of one object. */
export const pathOf = (namespace: string, kind: string, name?: string): string => {
  const [root = '', plural = ''] = (plurals[kind] ?? '').split('|')
  return `/${root}/namespaces/${namespace}/${plural}${name === undefined ? '' : `/${name}`}`
}

/** The real server that `KUBECONFIG_REAL` names. */
export const openRealCluster = (file: string): TestCluster => {
  const kubeconfig = readFileSync(file, 'utf8')
  const config = parse(kubeconfig) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { token: string } }[]
  }
  const { server, 'certificate-authority-data': ca } = config.clusters[0]?.cluster ?? {
    server: '',
    'certificate-authority-data': '',
  }
  const dispatcher = new Agent({ connect: { ca: Buffer.from(ca, 'base64').toString('utf8') } })
  const call: TestCluster['call'] = async (method, path, body, contentType = 'application/json') => {
    const response = await fetch(`${server}${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${config.users[0]?.user.token ?? ''}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType, 'user-agent': 'kubectl/v1.37' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Json
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  const apply: TestCluster['apply'] = async (namespace, objects) => {
    for (const object of objects) await call('POST', pathOf(namespace, String(object['kind'])), object)
  }
  const direct = {
    url: server,
    token: config.users[0]?.user.token ?? '',
    ca: Buffer.from(ca, 'base64').toString('utf8'),
  }
  return { kubeconfig, direct, call, apply }
}

/** Online Boutique as published: Deployments and their neighbours. */
export const onlineBoutique = (sharedData: string): Json[] =>
  parseAllDocuments(readFileSync(`${sharedData}/manifests/online-boutique.yaml`, 'utf8'))
    .map((document) => document.toJS() as Json)
    .filter((object) => object !== null && ['Deployment', 'Service', 'ServiceAccount'].includes(String(object['kind'])))

export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** The cluster of a simulated Rancher server, through its proxy, as kubectl reaches it with Rancher's kubeconfig. */
export const openSimulatedCluster = (
  rancher: { readonly url: string; readonly token: string },
  clusterId: string,
): Pick<TestCluster, 'call' | 'apply'> => {
  const call: TestCluster['call'] = async (method, path, body, contentType = 'application/json') => {
    const response = await fetch(`${rancher.url}/k8s/clusters/${clusterId}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${rancher.token}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Json
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    call,
    apply: async (namespace, objects) => {
      for (const object of objects) await call('POST', pathOf(namespace, String(object['kind'])), object)
    },
  }
}
