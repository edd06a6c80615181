import { expect, it } from 'vitest'
import { at, configMap, merge, type Suite } from './suite.ts'

/** What watches tell. */
export const watchingCases = ({ api, compact, namespace, configMaps, make }: Suite): void => {
  it('tells a watch of every change since the list, in order', async () => {
    const list = await api.call('GET', configMaps)
    const since = String(at(list.body, 'metadata', 'resourceVersion'))
    const seen: string[] = []
    const watching = (async () => {
      for await (const { type, object } of api.watch(
        `${configMaps}?watch=1&resourceVersion=${since}&allowWatchBookmarks=true&timeoutSeconds=20`,
      )) {
        if (type === 'BOOKMARK' || at(object, 'metadata', 'name') !== 'watched') continue
        seen.push(type)
        if (type === 'DELETED') return
      }
    })()
    await make(configMaps, configMap('watched', { a: '1' }))
    await api.call('PATCH', `${configMaps}/watched`, { data: { a: '2' } }, merge)
    await api.call('DELETE', `${configMaps}/watched`)
    await watching
    expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
  })

  it('tells a watch what happened before it began, since the version that it names', async () => {
    const list = await api.call('GET', configMaps)
    const since = String(at(list.body, 'metadata', 'resourceVersion'))
    await make(configMaps, configMap('missed', { a: '1' }))
    await api.call('DELETE', `${configMaps}/missed`)
    const seen: string[] = []
    for await (const { type, object } of api.watch(
      `${configMaps}?watch=1&resourceVersion=${since}&timeoutSeconds=20`,
    )) {
      if (at(object, 'metadata', 'name') !== 'missed') continue
      seen.push(type)
      if (type === 'DELETED') break
    }
    expect(seen).toEqual(['ADDED', 'DELETED'])
  })

  it('tells a watch with a selector that an object is added when it gets the label, and deleted when it loses it', async () => {
    await make(configMaps, configMap('relabelled', { a: '1' }))
    const list = await api.call('GET', `${configMaps}?labelSelector=chosen%3Dyes`)
    const since = String(at(list.body, 'metadata', 'resourceVersion'))
    const versions: unknown[] = []
    for (const value of ['yes', 'no', 'yes']) {
      const { body } = await api.call(
        'PATCH',
        `${configMaps}/relabelled`,
        { metadata: { labels: { chosen: value } } },
        merge,
      )
      versions.push(at(body, 'metadata', 'resourceVersion'))
    }
    const seen: unknown[] = []
    for await (const { type, object } of api.watch(
      `${configMaps}?watch=1&resourceVersion=${since}&labelSelector=chosen%3Dyes&timeoutSeconds=20`,
    )) {
      seen.push([type, at(object, 'metadata', 'labels', 'chosen'), at(object, 'metadata', 'resourceVersion')])
      if (seen.length === 3) break
    }
    expect(seen).toEqual([
      ['ADDED', 'yes', versions[0]],
      ['DELETED', 'yes', versions[1]],
      ['ADDED', 'yes', versions[2]],
    ])
  })

  it('tells a cluster-wide watch of every namespace, with versions that only grow', async () => {
    const list = await api.call('GET', '/api/v1/configmaps?limit=1')
    const since = String(at(list.body, 'metadata', 'resourceVersion'))
    const made = await make(configMaps, configMap('everywhere', { a: '1' }))
    await api.call('PATCH', `${configMaps}/everywhere`, { data: { a: '2' } }, merge)
    await api.call('DELETE', `${configMaps}/everywhere`)
    const versions: number[] = [Number(since)]
    for await (const { type, object } of api.watch(
      `/api/v1/configmaps?watch=1&resourceVersion=${since}&timeoutSeconds=20`,
    )) {
      versions.push(Number(at(object, 'metadata', 'resourceVersion')))
      if (at(object, 'metadata', 'uid') !== at(made, 'metadata', 'uid')) continue
      expect(at(object, 'metadata', 'namespace')).toBe(namespace)
      if (type === 'DELETED') break
    }
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    expect(new Set(versions).size).toBe(versions.length)
  })

  it('answers 410 to a watch from too long ago', async () => {
    await compact()
    // Events: API servers keep a window of the past in memory for other kinds, whatever their database has forgotten.
    const ancient = `/api/v1/namespaces/${namespace}/events?watch=1&resourceVersion=1&timeoutSeconds=2`
    const types: unknown[] = []
    const { status } = await api.call('GET', ancient)
    if (status === 410) types.push(status)
    else for await (const { type, object } of api.watch(ancient)) types.push(type === 'ERROR' ? object['code'] : type)
    expect(types).toContain(410)
  })
}
