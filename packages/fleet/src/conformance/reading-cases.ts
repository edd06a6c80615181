import { expect, it } from 'vitest'
import { at, configMap, deployment, type Json, type Suite } from './suite.ts'

/** How lists and objects are read. */
export const readingCases = ({ api, compact, namespace, deployments, configMaps, make }: Suite): void => {
  it('answers its version, and 404 with a Status for what is not there', async () => {
    expect((await api.call('GET', '/version')).body).toMatchObject({ major: '1' })
    const missing = await api.call('GET', `${deployments}/absent`)
    expect(missing.body).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      code: 404,
      message: 'deployments.apps "absent" not found',
      details: { name: 'absent', group: 'apps', kind: 'deployments' },
    })
  })

  it('refuses to create twice, and in a namespace that does not exist', async () => {
    await make(configMaps, configMap('twice', { a: '1' }))
    expect((await api.call('POST', configMaps, configMap('twice', {}))).body).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
    })
    expect((await api.call('POST', '/api/v1/namespaces/no-such-namespace/configmaps', configMap('x', {}))).status).toBe(
      404,
    )
  })

  it('fills in defaults', async () => {
    const made = await make(deployments, deployment('defaults'))
    expect(at(made, 'spec')).toMatchObject({
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    })
    expect(at(made, 'spec', 'template', 'spec')).toMatchObject({
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
    })
    expect(at(made, 'spec', 'template', 'spec', 'containers', 0)).toMatchObject({
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
    })
    expect(at(made, 'metadata', 'generation')).toBe(1)
  })

  it('pages lists', async () => {
    for (const index of [1, 2, 3])
      await make(configMaps, {
        ...configMap(`page-${index}`, {}),
        metadata: { name: `page-${index}`, labels: { paged: 'yes' } },
      })
    const first = await api.call('GET', `${configMaps}?labelSelector=paged%3Dyes&limit=2`)
    expect((first.body['items'] as unknown[]).length).toBe(2)
    const token = String(at(first.body, 'metadata', 'continue'))
    const rest = await api.call(
      'GET',
      `${configMaps}?labelSelector=paged%3Dyes&limit=2&continue=${encodeURIComponent(token)}`,
    )
    expect((rest.body['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)).toEqual([
      'page-3',
    ])
    expect(at(rest.body, 'metadata', 'continue') ?? '').toBe('')
  })

  it('shows every page of a list as it was when the first was read', async () => {
    const query = 'labelSelector=snapshot%3Dyes&limit=2'
    const labelled = (name: string) => ({ ...configMap(name, {}), metadata: { name, labels: { snapshot: 'yes' } } })
    for (const index of [1, 3, 4, 5]) await make(configMaps, labelled(`snapshot-${index}`))
    const first = await api.call('GET', `${configMaps}?${query}`)
    await make(configMaps, labelled('snapshot-2'))
    await api.call('DELETE', `${configMaps}/snapshot-4`)
    const names: unknown[] = []
    let page = first
    for (;;) {
      names.push(...(page.body['items'] as Json[]).map((each) => at(each, 'metadata', 'name')))
      expect(at(page.body, 'metadata', 'resourceVersion')).toBe(at(first.body, 'metadata', 'resourceVersion'))
      // How many are left is not told of what is selected.
      expect(at(page.body, 'metadata', 'remainingItemCount')).toBeUndefined()
      const token = String(at(page.body, 'metadata', 'continue') ?? '')
      if (token === '') break
      page = await api.call('GET', `${configMaps}?${query}&continue=${encodeURIComponent(token)}`)
    }
    expect(names).toEqual(['snapshot-1', 'snapshot-3', 'snapshot-4', 'snapshot-5'])
  })

  it('tells how many are left, in a namespace and in the whole cluster', async () => {
    for (const index of [1, 2, 3]) await make(configMaps, configMap(`counted-${index}`, {}))
    for (const path of [configMaps, '/api/v1/configmaps']) {
      const all = await api.call('GET', path)
      const one = await api.call('GET', `${path}?limit=1`)
      expect(one.body['items']).toHaveLength(1)
      expect(at(one.body, 'metadata', 'remainingItemCount')).toBe((all.body['items'] as unknown[]).length - 1)
    }
  })

  it('answers 410 to a page of a list from too long ago, with a token for the rest as it is now', async () => {
    // Events: of other kinds API servers keep what lists began with, whatever their database has forgotten.
    const path = `/api/v1/namespaces/${namespace}/events`
    const query = 'labelSelector=expiring%3Dyes&limit=2'
    const event = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, labels: { expiring: 'yes' } },
      involvedObject: { kind: 'ConfigMap', name: 'x', namespace },
      reason: 'Told',
    })
    for (const index of [1, 2, 3, 5]) await make(path, event(`expiring-${index}`))
    const first = await api.call('GET', `${path}?${query}`)
    const token = String(at(first.body, 'metadata', 'continue'))
    await make(path, event('expiring-4'))
    await api.call('DELETE', `${path}/expiring-3`)
    await compact()
    const late = await api.call('GET', `${path}?${query}&continue=${encodeURIComponent(token)}`)
    expect(late.body).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' })
    const other = String(at(late.body, 'metadata', 'continue') ?? '')
    expect(other).not.toBe('')
    const rest = await api.call('GET', `${path}?${query}&continue=${encodeURIComponent(other)}`)
    expect((rest.body['items'] as Json[]).map((each) => at(each, 'metadata', 'name'))).toEqual([
      'expiring-4',
      'expiring-5',
    ])
    const versions = [first, rest].map(({ body }) => Number(at(body, 'metadata', 'resourceVersion')))
    expect(versions[1]).toBeGreaterThan(versions[0] ?? 0)
  })
}
