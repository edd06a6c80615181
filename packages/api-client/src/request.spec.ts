import {
  bindInstance,
  compareInstances,
  deleteEnvironment,
  describeInstances,
  editEnvironment,
  listInstances,
} from '@rancher-hub/contracts'
import { describe, expect, it } from 'vitest'
import { toHttpRequest } from './request.ts'

describe('to HTTP request', () => {
  it('puts path parameters into the path and the rest into the body', () => {
    expect(toHttpRequest(editEnvironment, { environmentId: 'a b', name: 'Staging' })).toEqual({
      method: 'PATCH',
      path: '/api/v1/environments/a%20b',
      body: '{"name":"Staging"}',
    })
  })

  it('puts the rest of a GET into the query, arrays as repeated keys, and leaves out what is undefined', () => {
    expect(toHttpRequest(compareInstances, { instances: ['1', '2'], text: 'a&b', kind: undefined }).path).toBe(
      '/api/v1/comparison?instances=1&instances=2&text=a%26b',
    )
    expect(toHttpRequest(listInstances, {})).toEqual({ method: 'GET', path: '/api/v1/instances', body: undefined })
  })

  it('sends DELETE without a body and POST always with one', () => {
    expect(toHttpRequest(deleteEnvironment, { environmentId: 'e' })).toEqual({
      method: 'DELETE',
      path: '/api/v1/environments/e',
      body: undefined,
    })
    expect(toHttpRequest(bindInstance, {}).body).toBe('{}')
  })

  it('refuses internal contracts and missing path parameters', () => {
    expect(() => toHttpRequest(describeInstances, { ids: [] })).toThrow('not served over HTTP')
    expect(() => toHttpRequest(deleteEnvironment, {})).toThrow('needs environmentId')
  })
})
