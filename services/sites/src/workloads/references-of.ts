import type { WorkloadReference } from '@rancher-hub/contracts'
import {
  type ConfigReference,
  configReferences,
  isObject,
  isSameGroup,
  type KubernetesObject,
  objectsIn,
  selectorSelects,
  serviceSelects,
  valueAt,
} from '@rancher-hub/kubernetes'
import type { z } from 'zod'

type Found = z.input<typeof WorkloadReference>
type Labels = Readonly<Record<string, string>>

/** Where the pod template of a workload is. */
const templateOf = (workload: KubernetesObject): unknown =>
  workload.kind === 'CronJob'
    ? valueAt(workload, 'spec', 'jobTemplate', 'spec', 'template')
    : valueAt(workload, 'spec', 'template')

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const plain = { missingKeys: [], optional: false, attention: false }

/** What the hub knows of a ConfigMap or Secret. */
export interface ConfigKnowledge {
  exists(kind: 'ConfigMap' | 'Secret', name: string): 'present' | 'missing' | 'forbidden' | 'unknown'
  /** Keys that it has; undefined where they are not known. */
  keys(kind: 'ConfigMap' | 'Secret', name: string): readonly string[] | undefined
}

/** ConfigMaps and Secrets that a workload reads, each once, with what of it is not there. */
export const configFound = (workload: KubernetesObject, known: ConfigKnowledge): Found[] => {
  const groups = Map.groupBy(configReferences(workload), ({ kind, name }) => `${kind}/${name}`)
  return [...groups.values()].flatMap((all): Found[] => {
    const [first] = all
    if (first === undefined) return []
    const { kind, name } = first
    const keys = known.keys(kind, name)
    const wanted = (each: ConfigReference): readonly string[] => (each.optional ? [] : (each.keys ?? []))
    const missingKeys =
      keys === undefined ? [] : [...new Set(all.flatMap(wanted))].filter((key) => key !== '' && !keys.includes(key))
    const state = known.exists(kind, name)
    const optional = all.every((each) => each.optional)
    return [
      {
        kind,
        name,
        state,
        via: [...new Set(all.map(({ via }) => via))].slice(0, 20),
        missingKeys,
        optional,
        attention: (state === 'missing' && !optional) || missingKeys.length > 0,
      },
    ]
  })
}

/** CloneSets name the claims that they make by random ids: the pods that mount them tell. */
const claimsOfPods = (workload: KubernetesObject, template: string, pods: readonly KubernetesObject[]): string[] =>
  pods
    .flatMap((pod) => objectsIn(valueAt(pod, 'spec', 'volumes')))
    .map((volume) => text(valueAt(volume, 'persistentVolumeClaim', 'claimName')))
    .filter((name) => name.startsWith(`${template}-${workload.metadata.name}-`))

/** Names of PersistentVolumeClaims that a workload mounts; those of StatefulSets and CloneSets are made for each pod. */
export const claimsOf = (
  workload: KubernetesObject,
  pods: readonly KubernetesObject[] = [],
): { readonly name: string; readonly via: string }[] => {
  const volumes = objectsIn(valueAt(templateOf(workload), 'spec', 'volumes')).flatMap((volume) => {
    const name = text(valueAt(volume, 'persistentVolumeClaim', 'claimName'))
    return name === '' ? [] : [{ name, via: `pod.volumes[${text(volume['name'])}]` }]
  })
  const replicas = valueAt(workload, 'spec', 'replicas')
  const count = Math.min(typeof replicas === 'number' ? replicas : 1, 100)
  const made = objectsIn(valueAt(workload, 'spec', 'volumeClaimTemplates')).flatMap((template) => {
    const name = text(valueAt(template, 'metadata', 'name'))
    const names =
      workload.kind === 'CloneSet'
        ? claimsOfPods(workload, name, pods)
        : Array.from({ length: count }, (_, index) => `${name}-${workload.metadata.name}-${index}`)
    return names.map((each) => ({ name: each, via: `volumeClaimTemplates[${name}]` }))
  })
  return [...volumes, ...made]
}

/** Claims with their phase and size; undefined objects: they may not be seen, or could not be read. */
export const claimsFound = (
  workload: KubernetesObject,
  claims: readonly KubernetesObject[] | undefined,
  unreadable: Found['state'],
  pods: readonly KubernetesObject[] = [],
): Found[] =>
  claimsOf(workload, pods).map(({ name, via }): Found => {
    const base = { ...plain, kind: 'PersistentVolumeClaim' as const, name, via: [via] }
    if (claims === undefined) return { ...base, state: unreadable }
    const claim = claims.find(({ metadata }) => metadata.name === name)
    if (claim === undefined) return { ...base, state: 'missing', attention: true }
    const phase = text(valueAt(claim, 'status', 'phase'))
    const size = text(valueAt(claim, 'status', 'capacity', 'storage'))
    const storageClass = text(valueAt(claim, 'spec', 'storageClassName'))
    const note = [phase, size, storageClass].filter((each) => each !== '').join(', ')
    return { ...base, state: 'present', note: note || undefined, attention: phase === 'Lost' || phase === 'Pending' }
  })

/** The service account that pods run as. */
export const accountFound = (
  workload: KubernetesObject,
  accounts: readonly KubernetesObject[] | undefined,
  unreadable: Found['state'],
): Found => {
  const named = text(valueAt(templateOf(workload), 'spec', 'serviceAccountName'))
  const name = named === '' ? 'default' : named
  const isThere = accounts?.some(({ metadata }) => metadata.name === name)
  const state = isThere === undefined ? unreadable : isThere ? 'present' : 'missing'
  return {
    ...plain,
    kind: 'ServiceAccount',
    name,
    state,
    via: ['pod.serviceAccountName'],
    attention: state === 'missing',
  }
}

const labelsOf = (workload: KubernetesObject): Labels => {
  const labels = valueAt(templateOf(workload), 'metadata', 'labels')
  return isObject(labels) ? (labels as Labels) : {}
}

/** Services whose selector selects the pods. */
export const servicesFound = (workload: KubernetesObject, services: readonly KubernetesObject[]): Found[] =>
  services
    .filter((service) => serviceSelects(service, labelsOf(workload)))
    .map((service) => {
      const type = text(valueAt(service, 'spec', 'type')) || 'ClusterIP'
      const ports = objectsIn(valueAt(service, 'spec', 'ports')).map(({ port, targetPort }) =>
        targetPort === undefined || targetPort === port ? text(port) : `${text(port)} → ${text(targetPort)}`,
      )
      const note = `${valueAt(service, 'spec', 'clusterIP') === 'None' ? 'headless' : type}${ports.length === 0 ? '' : `, port ${ports.join(', ')}`}`
      return {
        ...plain,
        kind: 'Service' as const,
        name: service.metadata.name,
        state: 'present' as const,
        via: ['spec.selector'],
        note,
      }
    })

const backendNames = (ingress: KubernetesObject): string[] => [
  text(valueAt(ingress, 'spec', 'defaultBackend', 'service', 'name')),
  ...objectsIn(valueAt(ingress, 'spec', 'rules')).flatMap((rule) =>
    objectsIn(valueAt(rule, 'http', 'paths')).map((path) => text(valueAt(path, 'backend', 'service', 'name'))),
  ),
]

/** Ingresses that lead to one of these Services. */
export const ingressesFound = (services: readonly string[], ingresses: readonly KubernetesObject[]): Found[] =>
  ingresses.flatMap((ingress): Found[] => {
    const to = backendNames(ingress).filter((name) => services.includes(name))
    if (to.length === 0) return []
    const hosts = objectsIn(valueAt(ingress, 'spec', 'rules')).map(({ host }) => text(host) || '*')
    return [
      {
        ...plain,
        kind: 'Ingress',
        name: ingress.metadata.name,
        state: 'present',
        via: [...new Set(to)].map((name) => `Service ${name}`),
        note: [...new Set(hosts)].join(', ') || undefined,
      },
    ]
  })

/** Autoscalers of the workload; every condition that says no is told (Kubernetes goes on quietly). */
export const autoscalersFound = (workload: KubernetesObject, autoscalers: readonly KubernetesObject[]): Found[] =>
  autoscalers
    .filter((each) => {
      const target = valueAt(each, 'spec', 'scaleTargetRef')
      // OpenKruise has kinds that are called as Kubernetes' own.
      const isKind =
        valueAt(target, 'kind') === workload.kind && isSameGroup(valueAt(target, 'apiVersion'), workload.apiVersion)
      return isKind && valueAt(target, 'name') === workload.metadata.name
    })
    .map((each): Found => {
      const failing = objectsIn(valueAt(each, 'status', 'conditions')).find(
        ({ type, status }) => (type === 'AbleToScale' || type === 'ScalingActive') && status === 'False',
      )
      const current = text(valueAt(each, 'status', 'currentReplicas'))
      const range = `${text(valueAt(each, 'spec', 'minReplicas')) || '1'} to ${text(valueAt(each, 'spec', 'maxReplicas'))} pods`
      const now = current === '' ? '' : `, ${current} now`
      const trouble =
        failing === undefined ? '' : `; does not scale: ${text(failing['message']) || text(failing['reason'])}`
      return {
        ...plain,
        kind: 'HorizontalPodAutoscaler',
        name: each.metadata.name,
        state: 'present',
        via: ['spec.scaleTargetRef'],
        note: `${range}${now}${trouble}`.slice(0, 500),
        attention: failing !== undefined,
      }
    })

/** Disruption budgets that select the pods. */
export const budgetsFound = (workload: KubernetesObject, budgets: readonly KubernetesObject[]): Found[] =>
  budgets
    .filter((each) => selectorSelects(valueAt(each, 'spec', 'selector'), labelsOf(workload)))
    .map((each): Found => {
      const least = text(valueAt(each, 'spec', 'minAvailable'))
      const most = text(valueAt(each, 'spec', 'maxUnavailable'))
      const allowed = valueAt(each, 'status', 'disruptionsAllowed')
      const rule = least === '' ? `at most ${most} unavailable` : `at least ${least} available`
      const now = typeof allowed === 'number' ? `; ${allowed} may be evicted now` : ''
      return {
        ...plain,
        kind: 'PodDisruptionBudget',
        name: each.metadata.name,
        state: 'present',
        via: ['spec.selector'],
        note: `${rule}${now}`,
        attention: allowed === 0,
      }
    })
