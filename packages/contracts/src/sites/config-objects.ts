import { z } from 'zod'
import { query } from '../kit.ts'
import { Id, KubernetesName } from '../schemas.ts'
import { AppInstance, SiteProblem } from './schemas.ts'
import { Part } from './workload-schemas.ts'

/** Kinds whose page is that of a config object. */
export const ConfigKind = z.enum(['ConfigMap', 'Secret'])
export type ConfigKind = z.output<typeof ConfigKind>

/** Days before its end from which a certificate is warned about. */
export const CERTIFICATE_WARNING_DAYS = 30
/** How much of one object is answered at most; counts tell how many there are. */
export const configLimits = { keys: 500, readers: 500, extraKeys: 20, valueCharacters: 50_000 } as const

/** A key of a ConfigMap or Secret, as Kubernetes allows them. */
export const ConfigKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'Not a key of a ConfigMap or Secret')

/** The public part of a certificate: what everybody who connects is told. */
export const Certificate = z.object({
  subject: z.string(),
  issuer: z.string(),
  names: z.array(z.string()).describe('Subject alternative names, without their type'),
  notBefore: z.string(),
  notAfter: z.string(),
  state: z
    .enum(['valid', 'expiring', 'expired', 'not-yet-valid'])
    .describe(`expiring: ends within ${CERTIFICATE_WARNING_DAYS} days`),
})
export type Certificate = z.output<typeof Certificate>

/** What of it needs a look at the object itself is absent while the cluster does not answer. */
export const ConfigObject = z.object({
  uid: z.string(),
  createdAt: z.string().optional(),
  changedAt: z.string().optional().describe('When its content was last written, as the API server noted'),
  changedBy: z.string().optional().describe('What wrote it: the field manager'),
  type: z.string().optional().describe('Secrets: Opaque, kubernetes.io/tls …'),
  immutable: z.boolean().optional(),
  labels: z.record(z.string(), z.string()),
  managedBy: z.string().optional(),
  digest: z.string().describe('Of what is compared'),
  leftOut: z
    .string()
    .optional()
    .describe('Why it is not in lists and comparisons: the cluster or a controller makes it'),
  keyCount: z.number().int(),
  totalBytes: z.number().int().optional().describe('Not told for Secrets'),
  keys: z
    .array(
      z.object({
        key: z.string(),
        bytes: z.number().int().optional().describe('Not told for Secrets: it would narrow down what is guessed'),
        digest: z.string().describe('Equal digests, equal values; of Secrets it is keyed'),
        binary: z.boolean().optional().describe('Not a text: of a ConfigMap’s binaryData'),
      }),
    )
    .describe(`The first ${configLimits.keys} by name`),
  certificate: z
    .union([Certificate, z.object({ unreadable: z.string().describe('Why tls.crt is no certificate') })])
    .optional()
    .describe('Secrets of type kubernetes.io/tls'),
})
export type ConfigObject = z.output<typeof ConfigObject>

/** Something that reads a config object. */
export const ConfigReader = z.object({
  kind: z.string(),
  name: z.string(),
  via: z.array(z.string()).describe('Where it is named: containers[web].envFrom'),
  keys: z.array(z.string()).optional().describe('Keys that it reads; absent: all of them'),
  missingKeys: z.array(z.string()).describe('Keys that it reads and that are not there'),
  optional: z.boolean().describe('Pods start without it'),
})
export type ConfigReader = z.output<typeof ConfigReader>

/** The same object in another app instance. */
export const ConfigElsewhere = z.object({
  instance: AppInstance,
  state: z.enum(['found', 'missing', 'not-read']),
  part: Part.describe('How much is known of this kind there'),
  same: z.boolean().optional().describe('No difference in what is compared'),
  keys: z
    .array(z.enum(['same', 'differs', 'missing']))
    .describe('Of each key of the object, in their order; empty unless both are known'),
  extraKeys: z.array(z.string()).describe(`Keys that are only there: the first ${configLimits.extraKeys}`),
  extraCount: z.number().int(),
})
export type ConfigElsewhere = z.output<typeof ConfigElsewhere>

const path = '/instances/:instanceId/config/:kind/:name'
const instanceId = '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05'
const limits = { timeoutMs: 30_000 }

export const getConfigObject = query('sites.get-config-object', {
  summary: 'Show a ConfigMap or Secret of an app instance: keys, who reads them, what differs elsewhere',
  description:
    'Never a value: of Secrets they do not leave the cluster’s own service, of ConfigMaps see the value query.',
  http: { method: 'GET', path },
  access: 'inventory:read',
  input: z.object({ instanceId: Id, kind: ConfigKind, name: KubernetesName }),
  result: z.object({
    instance: AppInstance,
    part: Part,
    object: ConfigObject.optional().describe('Absent when it is not there, or not known: see part'),
    readers: z.array(ConfigReader).describe(`The first ${configLimits.readers} by kind and name`),
    readerCount: z.number().int(),
    unreadKinds: z
      .array(z.object({ kind: z.string(), part: Part }))
      .describe('Kinds that might read it and could not be seen'),
    elsewhere: z.array(ConfigElsewhere),
  }),
  staleAfter: ['inventory'],
  limits,
  examples: [
    {
      summary: 'One key, read by one workload',
      input: { instanceId, kind: 'ConfigMap', name: 'cart-settings' },
      result: {
        instance: {
          id: instanceId,
          name: 'shop production',
          environment: { id: instanceId, name: 'Production', colour: '#c53030', rank: 2, protected: true },
          site: { id: instanceId, name: 'Rancher Europe' },
          cluster: { id: 'c-m-q7x5k2hd', name: 'prod-eu' },
          namespace: 'shop',
          revision: 0,
        },
        part: { state: 'complete', stale: false },
        object: {
          uid: 'u-1',
          immutable: false,
          labels: { app: 'cart' },
          digest: 'sha256:0',
          keyCount: 1,
          totalBytes: 2,
          keys: [{ key: 'page-size', bytes: 2, digest: '0', binary: false }],
        },
        readers: [
          {
            kind: 'Deployment',
            name: 'cart',
            via: ['containers[cart].envFrom'],
            missingKeys: [],
            optional: false,
          },
        ],
        readerCount: 1,
        unreadKinds: [],
        elsewhere: [],
      },
    },
  ],
})

export const getConfigValue = query('sites.get-config-value', {
  summary: 'Show the value of one key of a ConfigMap',
  description: 'There is no such query for Secrets: their values never leave the service.',
  http: { method: 'GET', path: '/instances/:instanceId/config/ConfigMap/:name/value' },
  access: 'inventory:read',
  input: z.object({ instanceId: Id, name: KubernetesName, key: ConfigKey }),
  result: z.object({
    bytes: z.number().int(),
    text: z.string().optional().describe('Absent when it is not a text'),
    cut: z.boolean().describe(`The text is longer; these are its first ${configLimits.valueCharacters} characters`),
  }),
  refusals: {
    'site-problem': {
      status: 502,
      message: 'The site did not answer as it should.',
      details: z.object({ problem: SiteProblem }),
    },
  },
  limits,
  examples: [
    {
      summary: 'A short value',
      input: { instanceId, name: 'cart-settings', key: 'page-size' },
      result: { bytes: 2, text: '48', cut: false },
    },
  ],
})
