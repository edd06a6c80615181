import { isTree, type KubeObject, type Tree, valueAt } from '../api/kube-object.ts'
import type { Told } from './record-events.ts'

const tellContainer = (pod: KubeObject, { name, image, state }: Tree): Told[] => {
  const source = 'kubelet'
  const waiting = valueAt(state, 'waiting', 'reason')
  if (waiting === undefined) {
    return [
      { reason: 'Pulled', message: `Container image "${String(image)}" already present on machine`, source },
      { reason: 'Started', message: `Started container ${String(name)}`, source },
    ]
  }
  const type = 'Warning'
  if (waiting === 'ImagePullBackOff') {
    const message = `Failed to pull image "${String(image)}": failed to resolve reference "${String(image)}": ${String(image)}: not found`
    return [
      { type, reason: 'Failed', message, source, count: 4 },
      { type, reason: 'BackOff', message: `Back-off pulling image "${String(image)}"`, source, count: 14 },
    ]
  }
  const message = `Back-off restarting failed container ${String(name)} in pod ${pod.metadata.name}`
  return [{ type, reason: 'BackOff', message, source, count: 9 }]
}

/** What a kubelet tells of a pod whose containers had time to start. */
export const tellStart = (pod: KubeObject, status: Tree): Told[] => {
  const statuses = status['containerStatuses']
  return (Array.isArray(statuses) ? statuses : []).filter(isTree).flatMap((each) => tellContainer(pod, each))
}
