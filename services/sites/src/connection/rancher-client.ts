import { z } from 'zod'
import { hasStatus } from '../egress/site-error.ts'
import type { SiteCaller } from './site-caller.ts'
import { parseObject } from './upstream-error.ts'

const text = z.string().optional().catch(undefined)
const Cluster = z.looseObject({
  id: z.string(),
  name: z.string().catch(''),
  state: z.string().catch('unknown'),
  provider: text,
  nodeCount: z.number().int().optional().catch(undefined),
  version: z.looseObject({ gitVersion: text }).optional().catch(undefined),
})
export type RancherCluster = z.output<typeof Cluster>
const Project = z.looseObject({ id: z.string(), name: z.string().catch('') })
export type RancherProject = z.output<typeof Project>

/** What `GET /v3/tokens/<own name>` tells of the token in use. */
export interface TokenFacts {
  readonly expiresAt?: string | undefined
  /** Set when the token is good for one cluster only. */
  readonly clusterId?: string | undefined
}

/** Rancher's own API, as far as the hub needs it (norman, `/v3`). Every function throws SiteError. */
export interface RancherClient {
  /** Unauthenticated; undefined when the server does not tell (2.6 and older, or not a Rancher). */
  rancherVersion(signal?: AbortSignal): Promise<string | undefined>
  serverVersion(signal?: AbortSignal): Promise<string | undefined>
  /** Facts of the token in use; undefined when Rancher does not tell (tokens of other kinds). */
  ownToken(signal?: AbortSignal): Promise<TokenFacts | undefined>
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
    marker = next === undefined ? null : new URL(next, 'http://rancher.invalid').searchParams.get('marker')
  } while (marker !== null)
  return found
}

/** Name of a token: `token-abcde:secret` and `ext/token-abcde:secret` carry it in front. */
const tokenName = (token: string): string => (token.split(':', 1)[0] ?? '').replace(/^ext\//, '')

/** The client of one Rancher server. `token` is only looked at for its name. */
export const createRancherClient = (caller: SiteCaller, token: string | undefined): RancherClient => ({
  rancherVersion: async (signal) => {
    const answer = parseObject(
      await caller.text({ method: 'GET', path: '/rancherversion', authenticated: false, signal }),
    )
    return asText(answer?.['Version'])
  },
  serverVersion: async (signal) =>
    asText((await caller.json({ method: 'GET', path: '/v3/settings/server-version', signal })).body['value']),
  ownToken: async (signal) => {
    if (token === undefined) return undefined
    try {
      const { body } = await caller.json({
        method: 'GET',
        path: `/v3/tokens/${encodeURIComponent(tokenName(token))}`,
        signal,
      })
      return { expiresAt: asText(body['expiresAt']), clusterId: asText(body['clusterId']) }
    } catch (error) {
      if (hasStatus(error, 403, 404)) return undefined
      throw error
    }
  },
  clusters: async (signal) => await collect(caller, '/v3/clusters', Cluster, signal),
  projects: async (clusterId, signal) =>
    await collect(caller, `/v3/projects?clusterId=${encodeURIComponent(clusterId)}`, Project, signal),
  caCertificates: async (signal) => {
    const pem = await caller.text({ method: 'GET', path: '/cacerts', authenticated: false, signal })
    return pem.includes('-----BEGIN CERTIFICATE-----') ? pem : undefined
  },
})
