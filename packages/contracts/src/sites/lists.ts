import { z } from 'zod'
import { query, stream } from '../kit.ts'
import { configFilter, configOrder, driftMeaning, listPage, workloadFilter, workloadOrder } from './list-filters.ts'
import { ConfigFacets, ConfigRow, ListedInstance, ListSources, WorkloadFacets, WorkloadRow } from './list-rows.ts'

const instanceId = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const environmentId = '6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f04'
const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const listed = {
  instance: {
    id: instanceId,
    name: 'shop staging',
    environment: { id: environmentId, name: 'Staging', colour: '#b7791f', rank: 1, protected: false },
    site: { id: siteId, name: 'Rancher Europe' },
    cluster: { id: 'c-m-q7x5k2hd', name: 'prod-eu' },
    namespace: 'shop',
    revision: 0,
  },
  state: 'complete' as const,
  stale: false,
  kinds: [],
}
const sources = { total: 1, loading: 0, partial: 0, failed: 0, stale: 0 }
const places = {
  environment: [{ value: environmentId, label: 'Staging', count: 1 }],
  instance: [{ value: instanceId, label: 'shop staging', count: 1 }],
  site: [{ value: siteId, label: 'Rancher Europe', count: 1 }],
  owner: [{ value: 'none', count: 1 }],
  drift: [{ value: 'not-compared', count: 1 }],
}
const workload = {
  instanceId,
  kind: 'Deployment',
  name: 'cart',
  uid: 'u-1',
  digest: 'sha256:0',
  drift: 'not-compared' as const,
  images: { cart: 'registry.example/shop/cart:1.5.0' },
  status: { state: 'healthy' as const, message: '2 of 2 pods are ready' },
  ready: 2,
  desired: 2,
  restarts: 0,
  autoscaled: false,
  createdAt: '2026-11-01T08:00:00Z',
}
const config = {
  instanceId,
  kind: 'ConfigMap',
  name: 'cart-config',
  uid: 'u-2',
  digest: 'sha256:1',
  drift: 'not-compared' as const,
  keyCount: 3,
  bytes: 812,
  usedBy: 1,
}

const answered = {
  total: z.number().int().describe('All that match'),
  revision: z.string().describe('Changes whenever any row may have changed'),
  sources: ListSources,
  instances: z
    .array(ListedInstance)
    .describe('Those of the rows, and up to 100 of which not everything is known or current'),
}
const topics = ['lists', 'instances', 'environments', 'sites'] as const
const asking =
  'Asking starts to watch all app instances of the organization and keeps them watched while somebody asks. The first ' +
  'answer waits at most two seconds for them; rows of slower ones follow, and `sources` and `instances` say what is ' +
  'missing. An answer that would not fit into one message leaves out why something is missing, and holds fewer rows ' +
  'than asked for. '

export const listWorkloads = query('sites.list-workloads', {
  summary: 'List the workloads of all app instances',
  description: `${asking}${driftMeaning}`,
  http: { method: 'GET', path: '/workloads' },
  access: 'inventory:read',
  input: z.object({ ...workloadFilter, ...workloadOrder, ...listPage }),
  result: z.object({ items: z.array(WorkloadRow), ...answered, facets: WorkloadFacets }),
  staleAfter: topics,
  examples: [
    {
      summary: 'Carts that do not do well',
      input: { text: 'cart', status: ['degraded', 'stalled'], sort: 'status' },
      result: {
        items: [workload],
        total: 1,
        revision: 'r1',
        sources,
        instances: [listed],
        facets: {
          ...places,
          kind: [{ value: 'Deployment', count: 1 }],
          status: [{ value: 'healthy', count: 1 }],
        },
      },
    },
  ],
})

export const listConfig = query('sites.list-config', {
  summary: 'List the ConfigMaps and Secrets of all app instances',
  description: `Never a value; of Secrets not even the size. ${asking}${driftMeaning}`,
  http: { method: 'GET', path: '/config' },
  access: 'inventory:read',
  input: z.object({ ...configFilter, ...configOrder, ...listPage }),
  result: z.object({ items: z.array(ConfigRow), ...answered, facets: ConfigFacets }),
  staleAfter: topics,
  examples: [
    {
      summary: 'ConfigMaps that nothing reads',
      input: { kind: ['ConfigMap'], used: false },
      result: {
        items: [config],
        total: 1,
        revision: 'r1',
        sources,
        instances: [listed],
        facets: { ...places, kind: [{ value: 'ConfigMap', count: 1 }], type: [] },
      },
    },
  ],
})

const fileInput = {
  format: z.enum(['csv', 'json']).default('csv'),
  bom: z.boolean().default(false).describe('CSV begins with a byte order mark, so that Excel reads it as UTF-8'),
}
const fileDescription =
  'A file with all rows that match, as they were when it began: CSV (RFC 4180, in UTF-8) or one JSON array. Cells of the ' +
  'CSV that a spreadsheet would take for a formula begin with an apostrophe. Instances that ' +
  'the list tells as loading or failed are missing. A download that breaks off was cut.'
const mediaTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' } as const
const fileOf =
  (name: string) =>
  ({ format }: { readonly format: 'csv' | 'json' }) => ({ name, extension: format, mediaType: mediaTypes[format] })
/** A piece of a file; the gateway sends the texts one after the other. */
const FileText = z.object({ text: z.string() })
/** A file costs as much as a hundred pages. */
const fileLimits = { timeoutMs: 30_000, rate: { max: 30, perSeconds: 60 } }
const fileExamples = [
  { summary: 'All as CSV', input: { format: 'csv' as const }, result: { text: 'environment,instance,kind,name\r\n' } },
  { summary: 'All as JSON', input: { format: 'json' as const }, result: { text: '[\n]\n' } },
]

export const exportWorkloads = stream('sites.export-workloads', {
  summary: 'Download the workloads of all app instances as a file',
  description: fileDescription,
  http: { method: 'GET', path: '/workloads/export' },
  access: 'inventory:read',
  input: z.object({ ...workloadFilter, ...workloadOrder, ...fileInput }),
  result: FileText,
  file: fileOf('workloads'),
  limits: fileLimits,
  examples: fileExamples,
})

export const exportConfig = stream('sites.export-config', {
  summary: 'Download the ConfigMaps and Secrets of all app instances as a file, without values',
  description: fileDescription,
  http: { method: 'GET', path: '/config/export' },
  access: 'inventory:read',
  input: z.object({ ...configFilter, ...configOrder, ...fileInput }),
  result: FileText,
  file: fileOf('config'),
  limits: fileLimits,
  examples: fileExamples,
})
