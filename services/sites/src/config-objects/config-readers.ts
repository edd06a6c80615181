import type { ConfigKind, ConfigReader } from '@rancher-hub/contracts'
import {
  type ConfigReference,
  isWorkloadKind,
  type KubernetesObject,
  objectsIn,
  referencesTo,
  valueAt,
} from '@rancher-hub/kubernetes'
import type { ObservedObject } from '../inventory/observed-object.ts'

interface Config {
  readonly kind: ConfigKind
  readonly name: string
}

const MAX_VIA = 20
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)]

const readerOf = (
  { kind, name }: Pick<ObservedObject, 'kind' | 'name'>,
  references: readonly ConfigReference[],
  present: readonly string[] | undefined,
): ConfigReader => {
  const isWhole = references.some(({ keys }) => keys === undefined)
  const wanted = references.flatMap(({ keys, optional }) => (optional ? [] : (keys ?? [])))
  return {
    kind,
    name,
    via: unique(references.map(({ via }) => via)).slice(0, MAX_VIA),
    ...(isWhole ? {} : { keys: unique(references.flatMap(({ keys }) => keys ?? [])) }),
    missingKeys: present === undefined ? [] : unique(wanted).filter((key) => key !== '' && !present.includes(key)),
    optional: references.every(({ optional }) => optional),
  }
}

/** Workloads that read a config object, by kind and name. `present`: keys that it has; undefined: not known. */
export const workloadReaders = (
  objects: readonly ObservedObject[],
  config: Config,
  present: readonly string[] | undefined,
): ConfigReader[] =>
  objects
    .filter(({ kind }) => isWorkloadKind(kind))
    .flatMap((workload) => {
      const references = referencesTo(workload.references, config)
      return references.length === 0 ? [] : [readerOf(workload, references, present)]
    })
    .sort((a, b) => a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name))

const whole = { missingKeys: [], optional: false }

/** Ingresses that serve with a certificate. */
export const ingressReaders = (ingresses: readonly KubernetesObject[], secret: string): ConfigReader[] =>
  ingresses.flatMap((ingress): ConfigReader[] => {
    const uses = objectsIn(valueAt(ingress, 'spec', 'tls')).filter(({ secretName }) => secretName === secret)
    if (uses.length === 0) return []
    const hosts = unique(uses.flatMap(({ hosts: each }) => (Array.isArray(each) ? each.map(String) : [])))
    const via = hosts.length === 0 ? ['spec.tls'] : hosts.slice(0, MAX_VIA).map((host) => `spec.tls[${host}]`)
    return [{ ...whole, kind: 'Ingress', name: ingress.metadata.name, via }]
  })

/** Service accounts whose pods pull images with a Secret. */
export const accountReaders = (accounts: readonly KubernetesObject[], secret: string): ConfigReader[] =>
  accounts
    .filter((account) => objectsIn(account['imagePullSecrets']).some(({ name }) => name === secret))
    .map(({ metadata }) => ({ ...whole, kind: 'ServiceAccount', name: metadata.name, via: ['imagePullSecrets'] }))
