import { z } from 'zod'
import { query } from '../kit.ts'
import { Id, Kind, KubernetesName, pageInput } from '../schemas.ts'
import { IgnoreMatch, matchNotValid } from '../sites/ignore-rules.ts'
import { ComparedInstance, ComparisonRow, Difference, HidingRule, IgnoredDifference, RowState } from './schemas.ts'

const source = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const target = '6f1c3a52-6666-4a6e-9d43-0a5a2f6a9f06'

export const compareInstances = query('sync.compare-instances', {
  summary: 'Compare app instances: the first is the source, the others are compared with it',
  http: { method: 'GET', path: '/comparison' },
  access: 'inventory:read',
  input: z.object({
    instances: z.array(Id).min(2, 'Choose at least two instances').max(10),
    state: z.array(RowState).max(5).optional().describe('Default: all'),
    kind: z.array(Kind).max(10).optional(),
    text: z.string().max(200).optional().describe('Part of a name, an image, or a key'),
    ...pageInput,
  }),
  result: z.object({
    instances: z.array(ComparedInstance),
    rows: z.array(ComparisonRow),
    total: z.number().int(),
    facets: z.object({
      state: z.record(z.string(), z.number().int()),
      kind: z.record(z.string(), z.number().int()),
    }),
    hidden: z.array(z.object({ reason: z.string(), count: z.number().int() })),
    ignored: z
      .object({ objects: z.number().int(), fields: z.number().int() })
      .default({ objects: 0, fields: 0 })
      .describe(
        'What rules hide of all that is compared: objects that differ in nothing else, and fields of the others',
      ),
  }),
  refusals: {
    'same-instance-twice': { status: 422, message: 'An instance is named twice. Choose different ones.' },
  },
  limits: { timeoutMs: 60_000 },
  staleAfter: ['inventory', 'instances'],
  examples: [
    {
      summary: 'Nothing differs',
      input: { instances: [source, target] },
      result: { instances: [], rows: [], total: 0, facets: { state: {}, kind: {} }, hidden: [] },
    },
  ],
})

export const compareObjects = query('sync.compare-objects', {
  summary: 'Show exactly what differs in one object',
  http: { method: 'GET', path: '/comparison/object' },
  access: 'inventory:read',
  input: z.object({ source: Id, target: Id, kind: Kind, name: KubernetesName }),
  result: z.object({
    state: z.enum(['same', 'differs', 'missing', 'extra']),
    differences: z.array(Difference),
    ignored: z.array(IgnoredDifference).default([]).describe('Differences that rules hide'),
    ignoredBy: HidingRule.optional().describe('The rule that ignores the whole object'),
    sourceYaml: z.string().optional().describe('Normalized; Secret values as keyed digests'),
    targetYaml: z.string().optional(),
    readers: z
      .array(z.object({ kind: Kind, name: KubernetesName, how: z.string() }))
      .describe('Workloads in the target that read this config'),
    warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  }),
  limits: { timeoutMs: 60_000 },
  staleAfter: ['inventory', 'instances'],
  examples: [
    {
      summary: 'A newer image',
      input: { source, target, kind: 'Deployment', name: 'cart' },
      result: {
        state: 'differs',
        differences: [
          {
            path: 'containers[cart].image',
            change: 'changed',
            from: 'registry.example/shop/cart:1.4.2',
            to: 'registry.example/shop/cart:1.5.0',
            group: 'image',
            selectable: true,
            preselected: true,
          },
        ],
        readers: [],
        warnings: [],
      },
    },
  ],
})

const Hides = z.object({ objects: z.number().int(), fields: z.number().int() })

export const previewIgnoreRules = query('sync.preview-ignore-rules', {
  summary: 'Count what each rule hides between two instances now, and what a rule would hide that is not saved yet',
  http: { method: 'POST', path: '/comparison/ignored' },
  access: 'inventory:read',
  input: z.object({
    source: Id,
    target: Id,
    draft: IgnoreMatch.optional().describe('A rule to be tried'),
  }),
  result: z.object({
    rules: z.array(Hides.extend({ ruleId: Id })).describe('Each for itself: two may hide the same'),
    draft: Hides.extend({
      samples: z
        .array(z.object({ kind: Kind, name: KubernetesName, paths: z.array(z.string()) }))
        .describe('The first objects, each with its first fields; no fields: it is ignored as a whole'),
    }).optional(),
  }),
  refusals: { ...matchNotValid, ...compareInstances.refusals },
  limits: { timeoutMs: 60_000 },
  staleAfter: ['inventory', 'instances'],
  examples: [
    {
      summary: 'Try a rule',
      input: { source, target, draft: { paths: ['containers[*].env[LOG_LEVEL]'] } },
      result: {
        rules: [],
        draft: {
          objects: 1,
          fields: 1,
          samples: [{ kind: 'Deployment', name: 'cart', paths: ['containers[cart].env[LOG_LEVEL]'] }],
        },
      },
    },
  ],
})
