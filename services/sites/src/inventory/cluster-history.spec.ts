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
})
