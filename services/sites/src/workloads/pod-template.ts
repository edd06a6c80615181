import { type KubernetesObject, labelSelectorText, valueAt } from '@rancher-hub/kubernetes'

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/**
 * The selector of a workload's pods as lists take it. Rollouts that take their template from elsewhere may have none in
 * their spec; then their status tells it, where the scale subresource finds it (Argo Rollouts `status.selector`,
 * OpenKruise `status.labelSelector`).
 */
export const podSelectorOf = (workload: KubernetesObject): string | undefined =>
  labelSelectorText(valueAt(workload, 'spec', 'selector')) ??
  text(valueAt(workload, 'status', 'selector')) ??
  text(valueAt(workload, 'status', 'labelSelector'))

/** A Rollout with `workloadRef` has no template of its own: its newest ReplicaSet has what it runs. */
export const withTemplate = (workload: KubernetesObject, newest: KubernetesObject | undefined): KubernetesObject => {
  const spec = workload['spec']
  const template = valueAt(newest, 'spec', 'template')
  if (valueAt(spec, 'workloadRef') === undefined || template === undefined) return workload
  return { ...workload, spec: { ...(spec as object), template } }
}
