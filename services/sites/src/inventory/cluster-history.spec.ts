import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { KubeApi } from '../connection/kube-api.ts'
import { SiteError } from '../egress/site-error.ts'
import { createClusterHistory } from './cluster-history.ts'

describe('the history of a cluster', () => {
  it.each([
    ['what is wrong with the site to whoever lists there', new SiteError({ code: 'unreachable', message: 'gone' }), 0],
    ['a defect to whoever made it', new TypeError('no function'), 1],
  ])('leaves %s', async (_what, error, told) => {
    const defects: unknown[] = []
    const api = { identity: async () => await Promise.reject(error) } as Partial<KubeApi> as KubeApi
    createClusterHistory((each) => defects.push(each)).learn(api)
    await turn()
    expect(defects).toEqual(told === 0 ? [] : [error])
  })

  it('answers nobody with what another namespace is refused', async () => {
    const refused = new SiteError({ code: 'forbidden', message: 'may not list there' }, { status: 403 })
    const asked: (string | undefined)[] = []
    const api = {
      identity: async () => 'cluster',
      count: async (_kind, namespace) => {
        asked.push(namespace)
        if (namespace === 'closed') throw refused
        return { total: 0, resourceVersion: '10' }
      },
    } as Partial<KubeApi> as KubeApi
    const history = createClusterHistory(
      () => {},
      () => 1_000,
    )
    history.learn(api)
    const known = { version: '10', epoch: 0, since: 500 }
    const of = async (namespace: string) =>
      await history.goesOn(api, { kind: 'ConfigMap', namespace, signal: new AbortController().signal }, known)
    const answers = await Promise.allSettled([of('closed'), of('open'), of('wide')])
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(asked).toEqual(['closed', 'open'])
  })

  it('does not go on where it could not be learnt in time whose it is', async () => {
    let uid: string | undefined
    const api = {
      identity: async () => uid ?? (await Promise.reject(new SiteError({ code: 'timed-out', message: 'slow' }))),
      count: async () => ({ total: 0, resourceVersion: '20' }),
    } as Partial<KubeApi> as KubeApi
    const history = createClusterHistory((error) => expect.unreachable(String(error)))
    history.learn(api)
    await turn()
    uid = 'another'
    const goesOn = async (epoch: number, kind: 'ConfigMap' | 'Secret' = 'ConfigMap') => {
      const place = { kind, namespace: 'shop', signal: new AbortController().signal }
      return await history.goesOn(api, place, { version: '10', epoch, since: performance.now() })
    }
    expect([await goesOn(0), await goesOn(0, 'Secret')]).toEqual([false, false])
    expect(await goesOn(history.epoch())).toBe(true)
  })

  it('goes on where what was asked first is still to be answered', async () => {
    const answer = Promise.withResolvers<string>()
    const api = {
      identity: async () => await answer.promise,
      count: async () => ({ total: 0, resourceVersion: '20' }),
    } as Partial<KubeApi> as KubeApi
    const history = createClusterHistory((error) => expect.unreachable(String(error)))
    history.learn(api)
    const place = { kind: 'ConfigMap' as const, namespace: 'shop', signal: new AbortController().signal }
    const going = history.goesOn(api, place, { version: '10', epoch: 0, since: performance.now() })
    answer.resolve('cluster')
    expect(await going).toBe(true)
  })

  it('keeps nobody waiting who does not wait any more', async () => {
    const api = { identity: async () => await new Promise<never>(() => {}) } as Partial<KubeApi> as KubeApi
    const history = createClusterHistory((error) => expect.unreachable(String(error)))
    history.learn(api)
    const left = new AbortController()
    const place = { kind: 'ConfigMap' as const, namespace: 'shop', signal: left.signal }
    const going = history.goesOn(api, place, { version: '10', epoch: 0, since: performance.now() })
    left.abort(new Error('left'))
    await expect(going).rejects.toThrow('left')
  })
})
