import { type ConfigObject, configLimits } from '@rancher-hub/contracts'
import { isObject, type KubernetesObject, lastChange, leftOutReason, ownedBy, summaryOf } from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import { normalizedBy, type ObservedObject } from '../inventory/observed-object.ts'
import { type CertificateFacts, certificateFacts, certificateState } from './certificate-facts.ts'

/** What the page shows of an object; of values only sizes and digests. */
export type ConfigFacts = Omit<ConfigObject, 'certificate'> & { readonly certificate?: CertificateFacts | undefined }

type Loose = Readonly<Record<string, unknown>>
type Key = ConfigObject['keys'][number]

const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
const entriesOf = (value: unknown): [string, string][] =>
  isObject(value) ? Object.entries(value as Loose).map(([key, each]) => [key, String(each)]) : []

/** Bytes of every value of a ConfigMap: what is in base64 counts decoded. Of Secrets not even the size is told. */
const sizesOf = (object: KubernetesObject): Map<string, { readonly bytes: number; readonly binary: boolean }> => {
  if (object.kind === 'Secret') return new Map()
  const size = (encoding: BufferEncoding, binary: boolean) => (entry: [string, string]) =>
    [entry[0], { bytes: Buffer.byteLength(entry[1], encoding), binary }] as const
  return new Map([
    ...entriesOf(object['data']).map(size('utf8', false)),
    ...entriesOf(object['binaryData']).map(size('base64', true)),
  ])
}

const certificateOf = (object: KubernetesObject): CertificateFacts | undefined => {
  if (object.kind !== 'Secret' || object['type'] !== 'kubernetes.io/tls') return undefined
  const data = isObject(object['data']) ? object['data'] : {}
  return certificateFacts(Buffer.from(String(data['tls.crt'] ?? ''), 'base64').toString('utf8'))
}

/** Facts of an object that was just read. Its values do not outlive this call. */
export const configFacts = (keys: OrganizationKeys, object: KubernetesObject): ConfigFacts => {
  const { content, digest } = normalizedBy(keys, object)
  const digests = summaryOf(object, content).keys
  const sizes = sizesOf(object)
  const all = Object.entries(digests)
    .map(([key, each]): Key => ({ key, digest: each, ...sizes.get(key) }))
    .sort(byKey)
  const change = lastChange(object)
  return {
    uid: object.metadata.uid ?? '',
    createdAt: object.metadata.creationTimestamp ?? undefined,
    changedAt: change?.time,
    changedBy: change?.manager,
    type: typeof object['type'] === 'string' ? object['type'] : undefined,
    immutable: object['immutable'] === true,
    labels: { ...object.metadata.labels },
    managedBy: ownedBy(object),
    digest,
    leftOut: leftOutReason(object),
    keyCount: all.length,
    totalBytes: object.kind === 'Secret' ? undefined : [...sizes.values()].reduce((sum, { bytes }) => sum + bytes, 0),
    keys: all.slice(0, configLimits.keys),
    certificate: certificateOf(object),
  }
}

/** What the inventory knows of an object: all that can be told while the cluster does not answer. */
export const observedFacts = (object: ObservedObject): ConfigFacts => {
  const all = Object.entries(object.keys)
    .map(([key, digest]): Key => ({ key, digest }))
    .sort(byKey)
  return {
    uid: object.uid,
    createdAt: object.createdAt,
    labels: { ...object.labels },
    managedBy: object.managedBy,
    digest: object.digest,
    keyCount: all.length,
    keys: all.slice(0, configLimits.keys),
  }
}

/** Facts as they are at this time. */
export const toConfigObject = ({ certificate, ...facts }: ConfigFacts, now: Date): ConfigObject => ({
  ...facts,
  ...(certificate === undefined
    ? {}
    : {
        certificate:
          'unreadable' in certificate ? certificate : { ...certificate, state: certificateState(certificate, now) },
      }),
})
