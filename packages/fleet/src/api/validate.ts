import { badRequest, invalid } from './api-error.ts'
import { isTree, type KubeObject, type Tree, valueAt } from './kube-object.ts'
import type { Resource } from './resources.ts'

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
const immutable = 'field is immutable'

const statefulMutable = new Set([
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
])

/** Refuses changes that the real API server refuses. @throws ApiError 422 */
export const validateUpdate = (resource: Resource, before: KubeObject, after: KubeObject): void => {
  const { name } = before.metadata
  if (after.metadata.uid !== before.metadata.uid)
    throw invalid(resource, name, 'metadata.uid', `Invalid value: "${String(after.metadata.uid)}": ${immutable}`)
  if (after.metadata.name !== name) throw badRequest('the name of the object does not match the name on the URL')
  if (
    ['Deployment', 'DaemonSet', 'ReplicaSet'].includes(resource.kind) &&
    !same(valueAt(before, 'spec', 'selector'), valueAt(after, 'spec', 'selector'))
  ) {
    throw invalid(
      resource,
      name,
      'spec.selector',
      `Invalid value: ${JSON.stringify(valueAt(after, 'spec', 'selector'))}: ${immutable}`,
    )
  }
  if (resource.kind === 'StatefulSet') {
    const [left, right] = [before['spec'] as Tree, after['spec'] as Tree]
    const changed = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter(
      (key) => !statefulMutable.has(key) && !same(left[key], right[key]),
    )
    if (changed.length > 0)
      throw invalid(
        resource,
        name,
        'spec',
        `Forbidden: updates to statefulset spec for fields other than ${[...statefulMutable].map((key) => `'${key}'`).join(', ')} are forbidden`,
      )
  }
  if (resource.kind === 'Secret' && before['type'] !== after['type'])
    throw invalid(resource, name, 'type', `Invalid value: "${String(after['type'])}": ${immutable}`)
  if ((resource.kind === 'Secret' || resource.kind === 'ConfigMap') && before['immutable'] === true) {
    for (const field of ['data', 'binaryData']) {
      if (!same(before[field], after[field]))
        throw invalid(resource, name, field, `Forbidden: ${immutable} when \`immutable\` is set`)
    }
  }
}

const containerFields = new Set(
  'name image command args workingDir ports envFrom env resources resizePolicy restartPolicy volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty'.split(
    ' ',
  ),
)
const topFields = new Set(
  'apiVersion kind metadata spec status data stringData binaryData immutable type secrets imagePullSecrets automountServiceAccountToken'.split(
    ' ',
  ),
)

const templateOf = (object: Tree): unknown =>
  valueAt(object, 'spec', 'template', 'spec') ?? valueAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')

/** Unknown fields at the places where people and newer clusters put them. @throws ApiError 400, as with `fieldValidation=Strict` */
export const validateStrict = (object: Tree): void => {
  const problems: string[] = []
  for (const key of Object.keys(object)) if (!topFields.has(key)) problems.push(`unknown field "${key}"`)
  const pod = templateOf(object)
  for (const list of ['containers', 'initContainers']) {
    const containers = valueAt(pod, list)
    if (!Array.isArray(containers)) continue
    for (const [index, container] of containers.entries()) {
      if (!isTree(container)) continue
      for (const key of Object.keys(container))
        if (!containerFields.has(key) && !key.startsWith('$'))
          problems.push(`unknown field "spec.template.spec.${list}[${index}].${key}"`)
    }
  }
  if (problems.length > 0) throw badRequest(`strict decoding error: ${problems.join(', ')}`)
}

/** What a whole object must have. @throws ApiError 422 */
export const validateObject = (resource: Resource, object: KubeObject): void => {
  const { name } = object.metadata
  const pod = templateOf(object)
  if (isTree(pod)) {
    const containers = pod['containers']
    if (!Array.isArray(containers) || containers.length === 0)
      throw invalid(resource, name, 'spec.template.spec.containers', 'Required value')
    for (const [index, container] of containers.entries()) {
      if (!isTree(container) || typeof container['image'] !== 'string' || container['image'] === '')
        throw invalid(resource, name, `spec.template.spec.containers[${index}].image`, 'Required value')
      const env = container['env']
      for (const [at, variable] of (Array.isArray(env) ? env : []).entries()) {
        if (
          isTree(variable) &&
          variable['value'] !== undefined &&
          variable['value'] !== '' &&
          isTree(variable['valueFrom'])
        ) {
          throw invalid(
            resource,
            name,
            `spec.template.spec.containers[${index}].env[${at}].valueFrom`,
            'Invalid value: "": may not be specified when `value` is not empty',
          )
        }
      }
    }
    const labels = valueAt(object, 'spec', 'template', 'metadata', 'labels')
    const wanted = valueAt(object, 'spec', 'selector', 'matchLabels')
    if (isTree(wanted) && Object.entries(wanted).some(([key, value]) => !isTree(labels) || labels[key] !== value)) {
      throw invalid(
        resource,
        name,
        'spec.template.metadata.labels',
        `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
      )
    }
  }
  if (resource.kind === 'ConfigMap' || resource.kind === 'Secret') {
    const size = JSON.stringify(object['data'] ?? {}).length
    if (size > 1_400_000) throw invalid(resource, name, 'data', 'Too long: must have at most 1048576 bytes')
  }
}
