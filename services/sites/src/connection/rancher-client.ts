import type { Credential } from '@rancher-hub/contracts'
import { z } from 'zod'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import { readRancherCredential } from './own-token.ts'
import { createPageGuard } from './page-guard.ts'
import type { SiteCaller } from './site-caller.ts'
import { parseObject } from './upstream-error.ts'

const text = z.string().optional().catch(undefined)
const quantities = z.record(z.string(), z.unknown()).optional().catch(undefined)
const Cluster = z.looseObject({
  id: z.string(),
  name: z.string().catch(''),
  state: z.string().catch('unknown'),
  transitioningMessage: text,
  provider: text,
  nodeCount: z.number().int().optional().catch(undefined),
  version: z.looseObject({ gitVersion: text }).optional().catch(undefined),
  allocatable: quantities,
  requested: quantities,
})
export type RancherCluster = z.output<typeof Cluster>
const Project = z.looseObject({ id: z.string(), name: z.string().catch('') })
export type RancherProject = z.output<typeof Project>

/** Rancher's own API, as far as the hub needs it (norman, `/v3`). Every function throws SiteError. */
export interface RancherClient {
  /** Without credentials: the version where it is told (2.7 and newer); undefined when this is no Rancher. */
  greet(signal?: AbortSignal): Promise<{ readonly version?: string | undefined } | undefined>
  /** Undefined where the user of the token may not see it. */
  serverVersion(signal?: AbortSignal): Promise<string | undefined>
  /** Facts of the token in use, and its user; what Rancher does not tell is left out. */
  credential(signal?: AbortSignal): Promise<Credential>
  clusters(signal?: AbortSignal): Promise<RancherCluster[]>
  projects(clusterId: string, signal?: AbortSignal): Promise<RancherProject[]>
  /** The CA that signed Rancher's certificate, PEM; undefined when it is a public one. */
  caCertificates(signal?: AbortSignal): Promise<string | undefined>
}

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Every page of a norman collection. Links of answers are rebuilt on our base: they may name another host. */
const collect = async <T>(
  caller: SiteCaller,
  path: string,
  item: z.ZodType<T>,
  signal: AbortSignal | undefined,
): Promise<T[]> => {
  const found: T[] = []
  const guarded = createPageGuard(caller.host)
  let marker: string | null = null
  do {
    const separator = path.includes('?') ? '&' : '?'
    const page = `${separator}limit=1000${marker === null ? '' : `&marker=${encodeURIComponent(marker)}`}`
    const { body } = await caller.json({ method: 'GET', path: path + page, signal })
    for (const entry of Array.isArray(body['data']) ? body['data'] : []) {
      const parsed = item.safeParse(entry)
      if (parsed.success) found.push(parsed.data)
    }
    const next = asText((body['pagination'] as { next?: unknown } | undefined)?.next)
    const isUrl = next !== undefined && URL.canParse(next, 'http://rancher.invalid')
    marker = guarded(isUrl ? new URL(next, 'http://rancher.invalid').searchParams.get('marker') : null)
  } while (marker !== null)
  return found
}

/** Rancher 2.6 does not tell its version to strangers, but it tells which authority signed its certificate. */
const showsItself = async (caller: SiteCaller, signal: AbortSignal | undefined): Promise<boolean> => {
  try {
    const text = await caller.text({ method: 'GET', path: '/v3/settings/cacerts', authenticated: false, signal })
    const answer = parseObject(text)
    return answer?.['type'] === 'setting' && answer['id'] === 'cacerts'
  } catch (error) {
    if (error instanceof SiteError && error.status !== undefined) return false
    throw error
  }
}

/** Rancher greets everybody: who refuses that is something in front of it. */
const gateError = (host: string, refusal: SiteError): SiteError => {
  const { upstream } = refusal.problem
  const said = upstream === undefined ? '' : ` It says: ${upstream.slice(0, 500)}`
  const message = `Something in front of ${host} does not let the hub through (status ${refusal.status}).${said} Enter the header that it wants, or let the hub’s address pass there.`
  return new SiteError({ code: 'forbidden', message, upstream }, { status: refusal.status, cause: refusal })
}

/** The client of one Rancher server. `token` is only looked at for its kind and name. */
export const createRancherClient = (caller: SiteCaller, token: string): RancherClient => ({
  greet: async (signal) => {
    const greeting = { method: 'GET', path: '/rancherversion', authenticated: false, signal } as const
    let refusal: SiteError | undefined
    const answer = await caller.text(greeting).catch((error: unknown) => {
      if (!hasStatus(error, 401, 403, 404)) throw error
      if (error.status !== 404) refusal = error
      return ''
    })
    const version = asText(parseObject(answer)?.['Version'])
    if (version !== undefined) return { version }
    if (await showsItself(caller, signal)) return {}
    if (refusal !== undefined) throw gateError(caller.host, refusal)
    return undefined
  },
  serverVersion: async (signal) => {
    try {
      return asText((await caller.json({ method: 'GET', path: '/v3/settings/server-version', signal })).body['value'])
    } catch (error) {
      if (hasStatus(error, 403, 404)) return undefined
      throw error
    }
  },
  credential: async (signal) => await readRancherCredential(caller, token, signal),
  clusters: async (signal) => await collect(caller, '/v3/clusters', Cluster, signal),
  projects: async (clusterId, signal) =>
    await collect(caller, `/v3/projects?clusterId=${encodeURIComponent(clusterId)}`, Project, signal),
  caCertificates: async (signal) => {
    const pem = await caller.text({ method: 'GET', path: '/cacerts', authenticated: false, signal })
    return pem.includes('-----BEGIN CERTIFICATE-----') ? pem : undefined
  },
})
