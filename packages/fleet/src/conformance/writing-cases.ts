import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { at, configMap, deployment, type Json, merge, type Suite, strategic } from './suite.ts'

/** How objects are created and patched. */
export const writingCases = ({ api, deployments, configMaps, secrets, make }: Suite): void => {
  it('merges a strategic patch by container and variable name, and raises the generation', async () => {
    await make(deployments, deployment('strategic'))
    const patch = {
      spec: {
        template: {
          spec: {
            containers: [{ name: 'web', env: [{ name: 'B', value: '2' }], $setElementOrder: undefined }],
            '$setElementOrder/containers': [{ name: 'web' }, { name: 'side' }],
          },
        },
      },
    }
    const { status, body } = await api.call(
      'PATCH',
      `${deployments}/strategic?fieldManager=rancher-hub`,
      patch,
      strategic,
    )
    expect(status, JSON.stringify(body)).toBe(200)
    const containers = at(body, 'spec', 'template', 'spec', 'containers') as {
      name: string
      image: string
      env?: { name: string }[]
    }[]
    expect(containers.map((each) => each.name)).toEqual(['web', 'side'])
    expect(containers[0]?.env?.map((each) => each.name).toSorted()).toEqual(['A', 'B'])
    expect(at(body, 'metadata', 'generation')).toBe(2)
  })

  it('names the writer of exactly the patched fields', async () => {
    await make(deployments, deployment('managed'))
    const patch = {
      spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:1.1.0' }] } } },
    }
    const { body } = await api.call('PATCH', `${deployments}/managed?fieldManager=rancher-hub`, patch, strategic)
    const entries = at(body, 'metadata', 'managedFields') as { manager: string; operation: string; fieldsV1: Json }[]
    const own = entries.filter(({ manager }) => manager === 'rancher-hub')
    expect(own).toMatchObject([{ operation: 'Update' }])
    expect(own[0]?.fieldsV1).toEqual({
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } } },
    })
  })

  it('merges keys of config, removes by null, and keeps the resourceVersion when nothing changes', async () => {
    await make(configMaps, configMap('merge', { a: '1', b: '2', c: '3' }))
    const { body } = await api.call('PATCH', `${configMaps}/merge`, { data: { a: '9', c: null } }, merge)
    expect(body['data']).toEqual({ a: '9', b: '2' })
    const again = await api.call('PATCH', `${configMaps}/merge`, { data: { a: '9' } }, merge)
    expect(at(again.body, 'metadata', 'resourceVersion')).toBe(at(body, 'metadata', 'resourceVersion'))
  })

  it('refuses a write with an old resourceVersion, or another uid', async () => {
    const made = await make(configMaps, configMap('locked', { a: '1' }))
    await api.call('PATCH', `${configMaps}/locked`, { data: { a: '2' } }, merge)
    const old = {
      metadata: { uid: at(made, 'metadata', 'uid'), resourceVersion: at(made, 'metadata', 'resourceVersion') },
      data: { a: '3' },
    }
    const late = await api.call('PATCH', `${configMaps}/locked`, old, merge)
    expect(late.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining('the object has been modified') as unknown,
    })
    const other = await api.call(
      'PATCH',
      `${configMaps}/locked`,
      { metadata: { uid: randomUUID() }, data: { a: '4' } },
      merge,
    )
    expect([409, 422]).toContain(other.status)
    expect((await api.call('GET', `${configMaps}/locked`)).body['data']).toEqual({ a: '2' })
  })

  it('changes nothing in a dry run, and answers what would be', async () => {
    const made = await make(deployments, deployment('dry'))
    const patch = {
      spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2.0.0' }] } } },
    }
    const { status, body } = await api.call(
      'PATCH',
      `${deployments}/dry?dryRun=All&fieldManager=rancher-hub&fieldValidation=Strict`,
      patch,
      strategic,
    )
    expect(status).toBe(200)
    expect(at(body, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe('registry.example/web:2.0.0')
    const now = await api.call('GET', `${deployments}/dry`)
    expect(at(now.body, 'spec')).toEqual(at(made, 'spec'))
  })

  it('refuses unknown fields when asked to be strict', async () => {
    await make(deployments, deployment('strict'))
    const patch = { spec: { template: { spec: { containers: [{ name: 'web', imagee: 'x' }] } } } }
    const { status } = await api.call(
      'PATCH',
      `${deployments}/strict?fieldValidation=Strict&dryRun=All`,
      patch,
      strategic,
    )
    expect([400, 422]).toContain(status)
  })

  it('refuses to change what cannot be changed', async () => {
    await make(deployments, deployment('fixed'))
    const selector = await api.call(
      'PATCH',
      `${deployments}/fixed`,
      { spec: { selector: { matchLabels: { app: 'other' } }, template: { metadata: { labels: { app: 'other' } } } } },
      merge,
    )
    expect(selector.body).toMatchObject({ code: 422, reason: 'Invalid' })
    await make(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'typed' },
      type: 'Opaque',
      data: { a: 'MQ==' },
    })
    expect((await api.call('PATCH', `${secrets}/typed`, { type: 'example.org/other' }, merge)).status).toBe(422)
    await make(configMaps, { ...configMap('sealed', { a: '1' }), immutable: true })
    expect((await api.call('PATCH', `${configMaps}/sealed`, { data: { a: '2' } }, merge)).status).toBe(422)
    expect((await api.call('PATCH', `${configMaps}/sealed`, {}, 'text/plain')).status).toBe(415)
  })
}
