import { isObject, type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { isOnlyShown, shownFacts } from './shown-facts.ts'
import type { SpecFact } from './spec-fact.ts'
import { podSpecOf } from './workload-layout.ts'

export type { SpecFact } from './spec-fact.ts'

type Loose = Readonly<Record<string, unknown>>

/** A container of a pod template, in words. */
export interface ContainerWords {
  readonly name: string
  readonly role: 'init' | 'sidecar' | 'main'
  readonly image: string
  readonly requests: string
  readonly limits: string
  readonly ports: readonly string[]
  readonly probes: readonly { readonly name: 'startup' | 'readiness' | 'liveness'; readonly text: string }[]
  readonly command?: string | undefined
}

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const plural = (count: unknown, word: string): string => `${text(count)} ${word}${count === 1 ? '' : 's'}`

const resourceWords = (list: unknown): string =>
  isObject(list)
    ? Object.entries(list)
        .map(([name, amount]) => `${name} ${text(amount)}`)
        .join(', ')
    : ''

const checkWords = (probe: Loose): string => {
  const http = probe['httpGet']
  if (isObject(http)) {
    const scheme = text(http['scheme']) || 'HTTP'
    return `${scheme} GET ${text(http['path']) || '/'} on port ${text(http['port'])}`
  }
  if (isObject(probe['tcpSocket'])) return `connects to port ${text(probe['tcpSocket']['port'])}`
  if (isObject(probe['grpc'])) return `gRPC health check on port ${text(probe['grpc']['port'])}`
  const command = valueAt(probe, 'exec', 'command')
  return `runs ${Array.isArray(command) ? command.map(text).join(' ').slice(0, 120) : 'a command'}`
}

/** A probe in words: «HTTP GET /ready on port http, every 10 s, gives up after 3 failures». */
export const probeWords = (probe: Loose): string => {
  const every = probe['periodSeconds'] ?? 10
  const delay = probe['initialDelaySeconds']
  const begins = typeof delay === 'number' && delay > 0 ? `, first after ${delay} s` : ''
  return `${checkWords(probe)}${begins}, every ${text(every)} s, gives up after ${plural(probe['failureThreshold'] ?? 3, 'failure')}`
}

const toContainer = (container: Loose, isInit: boolean): ContainerWords => {
  const probes = (['startup', 'readiness', 'liveness'] as const).flatMap((name) => {
    const probe = container[`${name}Probe`]
    return isObject(probe) ? [{ name, text: probeWords(probe) }] : []
  })
  const command = [container['command'], container['args']].flatMap((each) =>
    Array.isArray(each) ? each.map(text) : [],
  )
  return {
    name: text(container['name']),
    role: !isInit ? 'main' : container['restartPolicy'] === 'Always' ? 'sidecar' : 'init',
    image: text(container['image']),
    requests: resourceWords(valueAt(container, 'resources', 'requests')),
    limits: resourceWords(valueAt(container, 'resources', 'limits')),
    ports: objectsIn(container['ports']).map(({ name, containerPort, protocol }) => {
      const number = `${text(containerPort)}${protocol === undefined || protocol === 'TCP' ? '' : `/${text(protocol)}`}`
      return text(name) === '' ? number : `${text(name)} ${number}`
    }),
    probes,
    command: command.length === 0 ? undefined : command.join(' ').slice(0, 300),
  }
}

/** Containers of a workload, in the order in which they start. */
export const containerWords = (object: KubernetesObject): ContainerWords[] => {
  const spec = podSpecOf(object)
  return [
    ...objectsIn(spec['initContainers']).map((each) => toContainer(each, true)),
    ...objectsIn(spec['containers']).map((each) => toContainer(each, false)),
  ]
}

const strategyWords = (object: KubernetesObject): string => {
  const strategy = valueAt(object, 'spec', object.kind === 'Deployment' ? 'strategy' : 'updateStrategy')
  const type = text(valueAt(strategy, 'type')) || 'RollingUpdate'
  if (type === 'Recreate') return 'Recreate: all old pods end before new ones start'
  if (type === 'OnDelete') return 'OnDelete: a pod changes when it is deleted'
  const rolling = valueAt(strategy, 'rollingUpdate')
  if (object.kind === 'StatefulSet') {
    const partition = valueAt(rolling, 'partition')
    const held =
      typeof partition === 'number' && partition > 0 ? `; pods below number ${partition} stay as they are` : ''
    return `Rolling, one pod after the other from the last to the first${held}`
  }
  return `Rolling, at most ${text(valueAt(rolling, 'maxSurge') ?? '25%')} more and ${text(valueAt(rolling, 'maxUnavailable') ?? '25%')} unavailable`
}

const placementWords = (spec: Loose): string => {
  const parts: string[] = []
  if (isObject(spec['nodeSelector']))
    parts.push(
      `nodes with ${Object.entries(spec['nodeSelector'])
        .map(([key, value]) => `${key}=${text(value)}`)
        .join(', ')}`,
    )
  if (isObject(spec['affinity'])) parts.push(`rules of ${Object.keys(spec['affinity']).join(', ')}`)
  const tolerations = objectsIn(spec['tolerations']).map(
    ({ key, effect }) => `${text(key) || 'every taint'}${text(effect) === '' ? '' : `:${text(effect)}`}`,
  )
  if (tolerations.length > 0) parts.push(`tolerates ${tolerations.join(', ')}`)
  const spread = objectsIn(spec['topologySpreadConstraints']).map(({ topologyKey }) => text(topologyKey))
  if (spread.length > 0) parts.push(`spread over ${spread.join(', ')}`)
  if (text(spec['priorityClassName']) !== '') parts.push(`priority ${text(spec['priorityClassName'])}`)
  return parts.join('; ')
}

const scheduleFacts = (object: KubernetesObject): [SpecFact['name'], string][] => {
  const zone = text(valueAt(object, 'spec', 'timeZone'))
  const policy = text(valueAt(object, 'spec', 'concurrencyPolicy')) || 'Allow'
  const words: Readonly<Record<string, string>> = {
    Allow: 'Runs may overlap',
    Forbid: 'A run is skipped while another one goes on',
    Replace: 'A new run ends the one that goes on',
  }
  const job = valueAt(object, 'spec', 'jobTemplate', 'spec')
  const backoff = valueAt(job, 'backoffLimit') ?? 6
  const deadline = valueAt(job, 'activeDeadlineSeconds')
  return [
    ['schedule', `${text(valueAt(object, 'spec', 'schedule'))}${zone === '' ? '' : ` (${zone})`}`],
    ['concurrency', words[policy] ?? policy],
    [
      'deadline',
      `A run is given up after ${plural(backoff, 'failed pod')}${typeof deadline === 'number' ? ` or ${deadline} s` : ''}`,
    ],
  ]
}

const scaleFacts = (object: KubernetesObject): [SpecFact['name'], string][] => {
  const deadline = valueAt(object, 'spec', 'progressDeadlineSeconds')
  return [
    [
      'replicas',
      object.kind === 'DaemonSet'
        ? 'One pod on every node that matches'
        : text(valueAt(object, 'spec', 'replicas') ?? 1),
    ],
    ['strategy', strategyWords(object)],
    [
      'deadline',
      object.kind === 'Deployment' && typeof deadline === 'number'
        ? `A roll-out has ${deadline} s to make progress`
        : '',
    ],
  ]
}

const controllerFacts = (object: KubernetesObject): readonly (readonly [SpecFact['name'], string])[] => {
  if (isOnlyShown(object)) return shownFacts(object)
  return object.kind === 'CronJob' ? scheduleFacts(object) : scaleFacts(object)
}

/** The spec of a workload in words, without what is at its default and says nothing. */
export const workloadWords = (object: KubernetesObject): SpecFact[] => {
  const spec = podSpecOf(object)
  const claims = objectsIn(valueAt(object, 'spec', 'volumeClaimTemplates')).map((each) => {
    const size = text(valueAt(each, 'spec', 'resources', 'requests', 'storage'))
    return `${text(valueAt(each, 'metadata', 'name'))}${size === '' ? '' : ` ${size}`}`
  })
  const host = ['hostNetwork', 'hostPID', 'hostIPC'].filter((key) => spec[key] === true)
  const grace = spec['terminationGracePeriodSeconds']
  const facts: (readonly [SpecFact['name'], string])[] = [
    ...controllerFacts(object),
    ['service-account', text(spec['serviceAccountName']) || 'default'],
    ['restart-policy', object.kind === 'CronJob' || object.kind === 'Job' ? text(spec['restartPolicy']) : ''],
    ['grace-period', typeof grace === 'number' && grace !== 30 ? `${grace} s to end` : ''],
    ['placement', placementWords(spec)],
    ['storage', claims.length === 0 ? '' : `Each pod has its own ${claims.join(', ')}`],
    ['host', host.join(', ')],
  ]
  return facts.filter(([, words]) => words !== '').map(([name, words]) => ({ name, text: words }))
}
