import { isObject, type KubernetesObject, objectsIn, valueAt } from './kubernetes-object.ts'
import { drop, foreignAnnotations, foreignLabels, type Loose, without } from './normalize-parts.ts'
import { pod } from './normalize-pod.ts'
import { podSpecOf, templatePath } from './workload-layout.ts'

const specDefaults: Readonly<Record<string, Loose>> = {
  Deployment: {
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    paused: false,
    minReadySeconds: 0,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  },
  StatefulSet: {
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    minReadySeconds: 0,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    serviceName: '',
  },
  DaemonSet: {
    revisionHistoryLimit: 10,
    minReadySeconds: 0,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  },
  CronJob: { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
}

const claimTemplate = (claim: Loose): Loose => ({
  name: valueAt(claim, 'metadata', 'name'),
  spec: without(valueAt(claim, 'spec'), { volumeMode: 'Filesystem' }),
})

/** What is compared of a workload. */
export const workload = (object: KubernetesObject): Loose => {
  const spec = isObject(object['spec']) ? object['spec'] : {}
  const {
    template: _,
    jobTemplate,
    volumeClaimTemplates,
    replicas,
    ...rest
  } = without(spec, specDefaults[object.kind] ?? {})
  const template = valueAt(object, ...templatePath(object.kind))
  const job = valueAt(jobTemplate, 'spec')
  const { template: __, ...jobRest } = isObject(job) ? job : {}
  return {
    ...rest,
    ...(object.kind === 'Deployment' || object.kind === 'StatefulSet' ? { replicas: replicas ?? 1 } : {}),
    volumeClaimTemplates: objectsIn(volumeClaimTemplates).map(claimTemplate),
    job: without(jobRest, {
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    }),
    template: {
      labels: drop(valueAt(template, 'metadata', 'labels'), foreignLabels),
      annotations: drop(valueAt(template, 'metadata', 'annotations'), foreignAnnotations),
    },
    ...pod(podSpecOf(object)),
  }
}
