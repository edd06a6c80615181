import { canonicalImage, defaultPullPolicy } from './image.ts'
import { isObject, type Json, objectsIn, valueAt } from './kubernetes-object.ts'
import { byKey, type Loose, without } from './normalize-parts.ts'
import { canonicalQuantity } from './quantity.ts'

const probeDefaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
const probe = (value: unknown): Loose | undefined => {
  if (!isObject(value)) return undefined
  const trimmed = without(value, probeDefaults)
  const withHttp = isObject(trimmed['httpGet'])
    ? { ...trimmed, httpGet: without(trimmed['httpGet'], { scheme: 'HTTP' }) }
    : trimmed
  return isObject(withHttp['grpc']) ? { ...withHttp, grpc: without(withHttp['grpc'], { service: '' }) } : withHttp
}

const quantities = (value: unknown): Loose =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, canonicalQuantity(String(each))]))
    : {}

const environment = (element: Loose): Loose => {
  const { name: _, value, valueFrom } = element
  if (!isObject(valueFrom)) return { value: value ?? '' }
  const field = valueFrom['fieldRef']
  return { valueFrom: isObject(field) ? { ...valueFrom, fieldRef: without(field, { apiVersion: 'v1' }) } : valueFrom }
}

/** Order of variables matters only where one refers to another: `$(NAME)`. */
const environmentOrder = (list: unknown): Json | undefined => {
  const elements = objectsIn(list)
  const refers = elements.some(({ value }) => typeof value === 'string' && value.includes('$('))
  return refers ? elements.map(({ name }) => String(name)) : undefined
}

const container = (element: Loose): Loose => {
  const image = String(element['image'] ?? '')
  const {
    name: _,
    env,
    ports,
    volumeMounts,
    volumeDevices,
    resources,
    ...rest
  } = without(element, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: defaultPullPolicy(image),
  })
  return {
    ...rest,
    image: canonicalImage(image),
    env: byKey('env', env, environment),
    envOrder: environmentOrder(env),
    ports: byKey('ports', ports, (port) => without(port, { protocol: 'TCP' })),
    volumeMounts: byKey('volumeMounts', volumeMounts, (mount) =>
      without(mount, { readOnly: false, recursiveReadOnly: 'Disabled' }),
    ),
    volumeDevices: byKey('volumeDevices', volumeDevices, (device) => device),
    resources: {
      limits: quantities(valueAt(resources, 'limits')),
      requests: quantities(valueAt(resources, 'requests')),
      claims: valueAt(resources, 'claims'),
    },
    livenessProbe: probe(rest['livenessProbe']),
    readinessProbe: probe(rest['readinessProbe']),
    startupProbe: probe(rest['startupProbe']),
  }
}

const volume = ({ name: _, ...rest }: Loose): Loose =>
  Object.fromEntries(
    Object.entries(rest).map(([source, value]) => [
      source,
      isObject(value) ? without(value, { defaultMode: 420, ...(source === 'hostPath' ? { type: '' } : {}) }) : value,
    ]),
  )

const podDefaults = {
  restartPolicy: 'Always',
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
  terminationGracePeriodSeconds: 30,
  enableServiceLinks: true,
  serviceAccountName: 'default',
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  automountServiceAccountToken: true,
}

/** What is compared of the spec of pods. */
export const pod = (
  spec: Loose,
): { readonly containers: Loose; readonly initContainers: Loose; readonly pod: Loose } => {
  // `serviceAccount` is the old name of `serviceAccountName`, filled in by the server.
  const {
    containers,
    initContainers,
    volumes,
    imagePullSecrets,
    serviceAccount: _,
    ...rest
  } = without(spec, podDefaults)
  const order = objectsIn(initContainers).map(({ name }) => String(name))
  return {
    containers: byKey('containers', containers, container),
    initContainers: byKey('initContainers', initContainers, container),
    pod: {
      ...rest,
      volumes: byKey('volumes', volumes, volume),
      imagePullSecrets: byKey('imagePullSecrets', imagePullSecrets, () => ({ use: true })),
      initContainerOrder: order.length > 1 ? order : undefined,
    },
  }
}
