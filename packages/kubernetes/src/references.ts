import { isObject, type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { podSpecOf } from './workload-layout.ts'

/** That a workload reads a ConfigMap or Secret, and how. */
export interface ConfigReference {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly name: string
  /** Keys that are read; undefined: all of them. */
  readonly keys?: readonly string[] | undefined
  /** Where: `containers[web].env[LOG_LEVEL]`, `pod.volumes[config]`. */
  readonly via: string
  readonly optional: boolean
}

type Loose = Readonly<Record<string, unknown>>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const reference = (
  kind: ConfigReference['kind'],
  name: unknown,
  via: string,
  from: Loose,
  keys?: readonly string[],
): ConfigReference[] =>
  text(name) === ''
    ? []
    : [{ kind, name: text(name), via, optional: from['optional'] === true, ...(keys === undefined ? {} : { keys }) }]

const ofVariable = (variable: Loose, via: string): ConfigReference[] => {
  const config = valueAt(variable, 'valueFrom', 'configMapKeyRef')
  const secret = valueAt(variable, 'valueFrom', 'secretKeyRef')
  return [
    ...(isObject(config) ? reference('ConfigMap', config['name'], via, config, [text(config['key'])]) : []),
    ...(isObject(secret) ? reference('Secret', secret['name'], via, secret, [text(secret['key'])]) : []),
  ]
}

const ofContainer = (list: string, container: Loose): ConfigReference[] => {
  const where = `${list}[${text(container['name'])}]`
  const variables = objectsIn(container['env']).flatMap((each) =>
    ofVariable(each, `${where}.env[${text(each['name'])}]`),
  )
  const whole = objectsIn(container['envFrom']).flatMap((each) => [
    ...(isObject(each['configMapRef'])
      ? reference('ConfigMap', each['configMapRef']['name'], `${where}.envFrom`, each['configMapRef'])
      : []),
    ...(isObject(each['secretRef'])
      ? reference('Secret', each['secretRef']['name'], `${where}.envFrom`, each['secretRef'])
      : []),
  ])
  return [...variables, ...whole]
}

const itemKeys = (source: Loose): readonly string[] | undefined =>
  Array.isArray(source['items']) ? objectsIn(source['items']).map(({ key }) => text(key)) : undefined

const ofVolumeSource = (source: Loose, via: string): ConfigReference[] => [
  ...(isObject(source['configMap'])
    ? reference('ConfigMap', source['configMap']['name'], via, source['configMap'], itemKeys(source['configMap']))
    : []),
  ...(isObject(source['secret'])
    ? reference(
        'Secret',
        source['secret']['secretName'] ?? source['secret']['name'],
        via,
        source['secret'],
        itemKeys(source['secret']),
      )
    : []),
]

const ofVolume = (volume: Loose): ConfigReference[] => {
  const via = `pod.volumes[${text(volume['name'])}]`
  const projected = objectsIn(valueAt(volume, 'projected', 'sources')).flatMap((each) => ofVolumeSource(each, via))
  const csi = valueAt(volume, 'csi', 'nodePublishSecretRef')
  return [
    ...ofVolumeSource(volume, via),
    ...projected,
    ...(isObject(csi) ? reference('Secret', csi['name'], via, csi) : []),
  ]
}

/** Every ConfigMap and Secret that a workload reads: variables, envFrom, volumes, init containers, pull secrets. */
export const configReferences = (workload: KubernetesObject): ConfigReference[] => {
  const spec = podSpecOf(workload)
  return [
    ...['initContainers', 'containers'].flatMap((list) =>
      objectsIn(spec[list]).flatMap((each) => ofContainer(list, each)),
    ),
    ...objectsIn(spec['volumes']).flatMap(ofVolume),
    ...objectsIn(spec['imagePullSecrets']).flatMap((each) =>
      reference('Secret', each['name'], 'pod.imagePullSecrets', each),
    ),
  ]
}

/** References of a workload to one config object that touch any of these keys (absent: any key). */
export const referencesTo = (
  references: readonly ConfigReference[],
  config: { readonly kind: string; readonly name: string },
  keys?: readonly string[],
): ConfigReference[] =>
  references.filter(
    (each) =>
      each.kind === config.kind &&
      each.name === config.name &&
      (keys === undefined || each.keys === undefined || each.keys.some((key) => keys.includes(key))),
  )
