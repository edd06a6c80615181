import { readdirSync, readFileSync } from 'node:fs'
import { join, parse as parsePath } from 'node:path'
import type { CallInputOf, connectSite } from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { Agent, fetch } from 'undici'
import { parse } from 'yaml'

type Connection = CallInputOf<typeof connectSite>['connection']

/** One write that the cluster's audit log tells of. */
export interface AuditWrite {
  readonly namespace: string
  readonly resource: string
  readonly name: string
  readonly code: number
}

/** A cluster that the crash run works on: the real server or the simulator. */
export interface CrashTarget extends AsyncDisposable {
  readonly name: string
  readonly connection: Connection
  /** Absent: the site's only one. */
  readonly clusterId?: string | undefined
  /** @throws Error for answers of 300 and above */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>
  /** Writes of the hub that were no dry run, oldest first, in this namespace. */
  writes(namespace: string): AuditWrite[]
}

interface AuditLine {
  readonly verb: string
  readonly requestURI: string
  readonly objectRef?:
    | {
        readonly resource?: string | undefined
        readonly namespace?: string | undefined
        readonly name?: string | undefined
      }
    | undefined
  readonly responseStatus?: { readonly code?: number | undefined } | undefined
}

const isWrite = ({ verb, requestURI }: AuditLine): boolean =>
  (verb === 'patch' || verb === 'create') &&
  requestURI.includes('fieldManager=rancher-hub') &&
  !requestURI.includes('dryRun')

const toWrite = ({ objectRef, responseStatus }: AuditLine): AuditWrite => ({
  namespace: objectRef?.namespace ?? '',
  resource: objectRef?.resource ?? '',
  name: objectRef?.name ?? '',
  code: responseStatus?.code ?? 0,
})

const createCall =
  (base: string, token: string, dispatcher: Agent): CrashTarget['call'] =>
  async (method, path, body) => {
    const response = await fetch(`${base}${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = (await response.json()) as Record<string, unknown>
    if (response.status >= 300) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }

/** An audit log with what the server has set aside of it (`audit-<time>.log`), oldest first. */
const readAuditLog = (file: string): string => {
  const { dir, name, ext } = parsePath(file)
  const setAside = readdirSync(dir).filter((each) => each.startsWith(`${name}-`) && each.endsWith(ext))
  return [...setAside.toSorted(), `${name}${ext}`].map((each) => readFileSync(join(dir, each), 'utf8')).join('')
}

/** The real server of a kubeconfig, with its audit log. */
export const openRealTarget = (file: string, auditLog: string): CrashTarget => {
  const kubeconfig = readFileSync(file, 'utf8')
  const config = parse(kubeconfig) as {
    readonly clusters: readonly {
      readonly name: string
      readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
    }[]
    readonly users: readonly { readonly user: { readonly token: string } }[]
  }
  const [entry] = config.clusters
  const dispatcher = new Agent({
    connect: { ca: Buffer.from(entry?.cluster['certificate-authority-data'] ?? '', 'base64').toString('utf8') },
  })
  return {
    name: 'Kubernetes 1.37 (kube-apiserver)',
    connection: { kind: 'kubernetes', kubeconfig },
    call: createCall(entry?.cluster.server ?? '', config.users[0]?.user.token ?? '', dispatcher),
    writes: (namespace) =>
      readAuditLog(auditLog)
        .split('\n')
        .filter((line) => line.includes(`"${namespace}"`))
        .map((line) => JSON.parse(line) as AuditLine)
        .filter(isWrite)
        .map(toWrite),
    [Symbol.asyncDispose]: async () => await dispatcher.close(),
  }
}

/** The simulated fleet's development Rancher. */
export const openSimulatedTarget = async (): Promise<CrashTarget> => {
  const fleet = await startFleet({ stepMs: 20 })
  const { url, token } = fleet.ranchers.dev
  const { clusterId, cluster } = fleet.places.dev
  const dispatcher = new Agent()
  return {
    name: 'simulated fleet',
    connection: { kind: 'rancher', url, token },
    clusterId,
    call: createCall(`${url}/k8s/clusters/${clusterId}`, token, dispatcher),
    writes: (namespace) =>
      cluster.audit
        .filter(isWrite)
        .map(toWrite)
        .filter((write) => write.namespace === namespace),
    [Symbol.asyncDispose]: async () => {
      await dispatcher.close()
      await fleet[Symbol.asyncDispose]()
    },
  }
}
