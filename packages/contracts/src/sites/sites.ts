import { z } from 'zod'
import { command, query } from '../kit.ts'
import { Done, Id, Name, nameTaken, page, pageInput, Revision } from '../schemas.ts'
import {
  Cluster,
  ClusterId,
  Connection,
  Credential,
  Dependant,
  Namespace,
  Project,
  Site,
  SiteProblem,
} from './schemas.ts'
import { siteChangedMeanwhile } from './site-changes.ts'

const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const connection = { kind: 'rancher' as const, url: 'https://rancher.example.com', token: 'token-abcde:secret' }
const site = {
  id: siteId,
  name: 'Rancher Europe',
  kind: 'rancher' as const,
  url: 'https://rancher.example.com',
  state: 'connected' as const,
  serverVersion: 'v2.15.0',
  connectedAt: '2026-11-24T10:00:00Z',
  revision: 0,
}
const upstream = {
  'site-problem': {
    status: 502,
    message: 'The site did not answer as it should.',
    details: z.object({ problem: SiteProblem }),
  },
} as const
const credentials = {
  'credentials-missing': {
    status: 422,
    message:
      'A token or kubeconfig is needed. Paste it again: another address, proxy or certificate always asks for it.',
  },
  'connection-not-valid': {
    status: 422,
    message: 'This connection cannot be used as it is written. Nothing was sent to the site.',
    details: z.object({ problem: SiteProblem }),
  },
} as const

export const testConnection = command('sites.test-connection', {
  summary: 'Try a connection and explain what is wrong; stores nothing',
  http: { method: 'POST', path: '/sites/test' },
  access: 'site:write',
  input: z.object({
    connection: Connection,
    siteId: Id.optional().describe('Use the stored credentials of this site where none are given'),
  }),
  result: z.object({
    ok: z.boolean(),
    checks: z.array(
      z.object({
        name: z.enum(['address', 'reachable', 'certificate', 'server', 'credentials', 'clusters', 'permissions']),
        state: z.enum(['passed', 'warning', 'failed', 'skipped']),
        message: z.string(),
      }),
    ),
    problem: SiteProblem.optional(),
    serverVersion: z.string().optional(),
    tokenExpiresAt: z.iso.datetime().optional(),
    credential: Credential.optional(),
    clusters: z.array(Cluster).optional(),
    contexts: z.array(z.string()).optional().describe('Contexts of a kubeconfig that has several'),
    offeredCa: z
      .object({ fingerprint: z.string(), subject: z.string(), expiresAt: z.string(), pem: z.string() })
      .optional()
      .describe('Certificate of the server, to pin when it is not publicly trusted'),
  }),
  refusals: credentials,
  limits: { bodyBytes: 700_000, timeoutMs: 60_000, rate: { max: 30, perSeconds: 60 } },
  examples: [
    {
      summary: 'A Rancher that answers',
      input: { connection },
      result: {
        ok: true,
        checks: [{ name: 'reachable', state: 'passed', message: 'rancher.example.com answers' }],
        serverVersion: 'v2.15.0',
      },
    },
  ],
})

export const connectSite = command('sites.connect-site', {
  summary: 'Connect a Rancher server or a plain cluster',
  http: { method: 'POST', path: '/sites' },
  access: 'site:write',
  input: z.object({ name: Name, connection: Connection }),
  result: z.object({ id: Id }),
  refusals: { ...nameTaken, ...credentials, ...upstream },
  limits: { bodyBytes: 700_000, timeoutMs: 60_000 },
  examples: [{ summary: 'A Rancher', input: { name: 'Rancher Europe', connection }, result: { id: siteId } }],
})

export const editSite = command('sites.edit-site', {
  summary: 'Rename a site, change its address, or replace its credentials',
  http: { method: 'PATCH', path: '/sites/:siteId' },
  access: 'site:write',
  input: z.object({
    siteId: Id,
    name: Name.optional(),
    connection: Connection.optional(),
    revision: Revision.optional(),
  }),
  result: Done,
  refusals: { ...nameTaken, ...credentials, ...upstream, ...siteChangedMeanwhile },
  limits: { bodyBytes: 700_000, timeoutMs: 60_000 },
  examples: [{ summary: 'Rename', input: { siteId, name: 'Rancher EU' }, result: {} }],
})

export const deleteSite = command('sites.delete-site', {
  summary: 'Delete a site and destroy its credentials; history keeps its name',
  http: { method: 'DELETE', path: '/sites/:siteId' },
  access: 'site:write',
  input: z.object({ siteId: Id, revision: Revision.optional() }),
  result: Done,
  refusals: {
    ...siteChangedMeanwhile,
    'in-use': {
      status: 409,
      message: 'App instances are bound to this site. Delete or re-bind them first.',
      details: z.object({ dependants: z.array(Dependant) }),
    },
  },
  examples: [{ summary: 'Delete', input: { siteId }, result: {} }],
})

export const listSites = query('sites.list-sites', {
  summary: 'List the sites',
  http: { method: 'GET', path: '/sites' },
  access: 'site:read',
  input: z.object({ text: z.string().max(120).optional(), ...pageInput }),
  result: page(Site),
  staleAfter: ['sites'],
  examples: [{ summary: 'One site', input: {}, result: { items: [site], total: 1 } }],
})

export const getSite = query('sites.get-site', {
  summary: 'Show one site',
  http: { method: 'GET', path: '/sites/:siteId' },
  access: 'site:read',
  input: z.object({ siteId: Id }),
  result: Site.extend({ dependants: z.array(Dependant) }),
  staleAfter: ['sites', 'instances'],
  examples: [{ summary: 'A Rancher', input: { siteId }, result: { ...site, dependants: [] } }],
})

export const listClusters = query('sites.list-clusters', {
  summary: 'List the clusters of a site, live',
  http: { method: 'GET', path: '/sites/:siteId/clusters' },
  access: 'site:read',
  input: z.object({ siteId: Id }),
  result: z.object({ items: z.array(Cluster) }),
  refusals: upstream,
  limits: { timeoutMs: 60_000 },
  examples: [
    {
      summary: 'One cluster',
      input: { siteId },
      result: { items: [{ id: 'c-m-q7x5k2hd', name: 'prod-eu', state: 'active' }] },
    },
  ],
})

export const listNamespaces = query('sites.list-namespaces', {
  summary: 'List the namespaces of a cluster with their projects, live',
  http: { method: 'GET', path: '/sites/:siteId/clusters/:clusterId/namespaces' },
  access: 'site:read',
  input: z.object({
    siteId: Id,
    clusterId: ClusterId,
    text: z.string().max(253).optional().describe('Part of the name'),
    projectId: z.string().max(253).optional(),
    offset: z.number().int().min(0).optional(),
    limit: z.number().int().min(1).max(500).optional().describe('Default: all'),
  }),
  result: z.object({
    items: z.array(Namespace),
    total: z.number().int().optional().describe('All that match'),
    projects: z.array(Project).optional().describe('All of the cluster, where the site is a Rancher server'),
    problem: SiteProblem.optional().describe(
      'The token may not list namespaces: items are those that are bound already; any other can be named all the same',
    ),
  }),
  refusals: upstream,
  limits: { timeoutMs: 60_000 },
  examples: [
    {
      summary: 'One namespace',
      input: { siteId, clusterId: 'c-m-q7x5k2hd' },
      result: { items: [{ name: 'shop', system: false, phase: 'Active' }] },
    },
  ],
})
