import type { ApiClient } from '@rancher-hub/api-client'
import { listInstances } from '@rancher-hub/contracts'
import type { Fleet } from '@rancher-hub/fleet'

type Stage = keyof Fleet['places']

/** Ids of the app instances of a connected fleet, by stage. */
export const instanceIds = async (client: ApiClient): Promise<Record<Stage, string>> => {
  const { items } = await client.call(listInstances, {})
  const idOf = (name: string): string => items.find((each) => each.environment.name === name)?.id ?? ''
  return { dev: idOf('Dev'), staging: idOf('Staging'), production: idOf('Production') }
}

/** Puts an object into a stage through its API, as kubectl would. */
export const createIn = async (fleet: Fleet, stage: Stage, path: string, object: object): Promise<void> => {
  const { rancher, clusterId, namespace } = fleet.places[stage]
  const { url, token } = fleet.ranchers[rancher]
  const [group, plural] = path.split(' ')
  const response = await fetch(`${url}/k8s/clusters/${clusterId}${group}/namespaces/${namespace}/${plural}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(object),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  await response.text()
}

/** Changes the replicas of a Deployment by hand. */
export const scale = (fleet: Fleet, stage: Stage, name: string, replicas: number): void => {
  const { cluster, namespace } = fleet.places[stage]
  cluster.edit('Deployment', namespace, name, 'kubectl-edit', (object) => {
    const spec = object['spec'] as { replicas: number }
    spec.replicas = replicas
  })
}
