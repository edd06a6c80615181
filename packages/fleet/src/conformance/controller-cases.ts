import { expect, it } from 'vitest'
import { at, deployment, type Json, type Suite, strategic, withLabel } from './suite.ts'

/** What controllers make of objects. */
export const controllerCases = ({ api, namespace, deployments, make, podsOf }: Suite): void => {
  it.each(['deployments', 'statefulsets', 'daemonsets'])('rolls %s out to the end', async (plural) => {
    const path = `/apis/apps/v1/namespaces/${namespace}/${plural}`
    const kind = { deployments: 'Deployment', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet' }[plural] ?? ''
    const { replicas, ...spec } = deployment('roll').spec
    const object = {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: `roll-${plural}` },
      spec: {
        ...spec,
        ...(kind === 'DaemonSet' ? {} : { replicas }),
        ...(kind === 'StatefulSet' ? { serviceName: 'roll' } : {}),
      },
    }
    await make(path, object)
    const isDone = async (): Promise<boolean> => {
      const { body } = await api.call('GET', `${path}/roll-${plural}`)
      const status = (at(body, 'status') ?? {}) as Record<string, number>
      if ((status['observedGeneration'] ?? 0) < Number(at(body, 'metadata', 'generation'))) return false
      if (kind === 'DaemonSet')
        return (
          (status['desiredNumberScheduled'] ?? 0) > 0 &&
          status['updatedNumberScheduled'] === status['desiredNumberScheduled'] &&
          status['numberAvailable'] === status['desiredNumberScheduled']
        )
      if (kind === 'StatefulSet') return status['readyReplicas'] === 2 && status['updatedReplicas'] === 2
      return status['updatedReplicas'] === 2 && status['availableReplicas'] === 2 && status['replicas'] === 2
    }
    await expect.poll(isDone, { timeout: 60_000, interval: 100 }).toBe(true)
    const patch = {
      spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0' }] } } },
    }
    await api.call('PATCH', `${path}/roll-${plural}`, patch, strategic)
    await expect.poll(isDone, { timeout: 60_000, interval: 100 }).toBe(true)
  })

  it('makes pods through ReplicaSets, which count revisions and keep the old ones', async () => {
    await make(deployments, withLabel('revised'))
    const ready = async (): Promise<number> => {
      const pods = await podsOf('revised')
      return pods.filter((pod) =>
        ((at(pod, 'status', 'conditions') ?? []) as Json[]).some(
          ({ type, status }) => type === 'Ready' && status === 'True',
        ),
      ).length
    }
    await expect.poll(ready, { timeout: 60_000, interval: 100 }).toBe(2)
    const pods = await podsOf('revised')
    const [first] = pods
    const owner = at(first, 'metadata', 'ownerReferences', 0)
    expect(owner).toMatchObject({ apiVersion: 'apps/v1', kind: 'ReplicaSet', controller: true })
    const hash = String(at(first, 'metadata', 'labels', 'pod-template-hash'))
    expect(at(owner, 'name')).toBe(`revised-${hash}`)
    expect(String(at(first, 'metadata', 'name'))).toMatch(
      /^revised-[bcdfghjklmnpqrstvwxz2456789]+-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
    )
    expect(at(first, 'status')).toMatchObject({ phase: 'Running', podIP: expect.any(String) as unknown })
    expect(at(first, 'spec', 'nodeName')).toEqual(expect.any(String))
    expect(at(first, 'status', 'containerStatuses', 0)).toMatchObject({
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: expect.any(String) as unknown } },
    })
    const patch = {
      spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0' }] } } },
    }
    await api.call('PATCH', `${deployments}/revised`, patch, strategic)
    const revisions = async (): Promise<unknown[]> => {
      const { body } = await api.call(
        'GET',
        `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3Drevised`,
      )
      return (body['items'] as Json[])
        .map((each) => [
          at(each, 'metadata', 'annotations', 'deployment.kubernetes.io/revision'),
          at(each, 'spec', 'replicas'),
          at(each, 'spec', 'template', 'spec', 'containers', 0, 'image'),
        ])
        .toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))
    }
    await expect.poll(revisions, { timeout: 60_000, interval: 100 }).toEqual([
      ['1', 0, 'registry.example/web:1.0.0'],
      ['2', 2, 'registry.example/web:2.0.0'],
    ])
  })

  it('tells in events what controllers and scheduler did', async () => {
    await make(deployments, withLabel('told'))
    const reasons = async (): Promise<unknown[]> => {
      const { body } = await api.call('GET', `/api/v1/namespaces/${namespace}/events`)
      return (body['items'] as Json[])
        .filter((event) => String(at(event, 'involvedObject', 'name')).startsWith('told'))
        .map((event) => `${String(at(event, 'involvedObject', 'kind'))} ${String(event['reason'])}`)
    }
    await expect
      .poll(reasons, { timeout: 60_000, interval: 100 })
      .toEqual(expect.arrayContaining(['Deployment ScalingReplicaSet', 'ReplicaSet SuccessfulCreate', 'Pod Scheduled']))
    const named = await api.call(
      'GET',
      `/api/v1/namespaces/${namespace}/events?fieldSelector=involvedObject.name%3Dtold`,
    )
    expect((named.body['items'] as Json[]).every((event) => at(event, 'involvedObject', 'name') === 'told')).toBe(true)
  })

  it('leaves a pod pending that asks for more than a node has, and says why', async () => {
    const made = withLabel('hungry-for-cpus')
    await make(deployments, {
      ...made,
      spec: {
        ...(made['spec'] as Json),
        template: {
          metadata: { labels: { app: 'hungry-for-cpus' } },
          spec: { containers: [{ name: 'web', image: 'web:1', resources: { requests: { cpu: '400' } } }] },
        },
      },
    })
    const scheduled = async (): Promise<unknown> =>
      ((at((await podsOf('hungry-for-cpus'))[0], 'status', 'conditions') ?? []) as Json[]).find(
        ({ type }) => type === 'PodScheduled',
      )
    await expect.poll(scheduled, { timeout: 60_000, interval: 100 }).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message: expect.stringMatching(/^0\/\d+ nodes are available: .*Insufficient cpu/) as unknown,
    })
    // A pod that no node has taken has an empty log.
    const [pod] = await podsOf('hungry-for-cpus')
    const path = `/api/v1/namespaces/${namespace}/pods/${String(at(pod, 'metadata', 'name'))}/log`
    expect(await api.text(path)).toEqual({ status: 204, text: '' })
  })
}
