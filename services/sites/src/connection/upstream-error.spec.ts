import { describe, expect, it } from 'vitest'
import { readErrorBody, retryAfterMs, toUpstreamError } from './upstream-error.ts'

const answer = (status: number, text: string, headers: Record<string, string> = {}) => ({ status, text, headers })
const go = (code: string, status: number, message: string) =>
  JSON.stringify({ Code: { Code: code, Status: status }, Message: message, Cause: null, FieldName: '' })

describe('errors of Rancher and Kubernetes', () => {
  it.each([
    [
      'a dead token',
      401,
      '{"type":"error","status":"401","message":"Unauthorized 401: must authenticate"}',
      'token-refused',
    ],
    ['a hidden cluster of the downstream API', 401, '', 'token-refused'],
    [
      'RBAC',
      403,
      '{"kind":"Status","reason":"Forbidden","message":"secrets is forbidden: User \\"u-abc\\" cannot list","code":403}',
      'forbidden',
    ],
    [
      'no access to a cluster',
      403,
      go('Forbidden', 403, 'clusters.management.cattle.io "c-x" is forbidden'),
      'forbidden',
    ],
    ['an unknown cluster', 404, go('NotFound', 404, 'clusters.management.cattle.io "c-x" not found'), 'upstream-error'],
    [
      'a cluster that is not provisioned',
      503,
      go('ClusterUnavailable', 503, 'cluster not provisioned'),
      'cluster-unavailable',
    ],
    ['a disconnected agent', 500, 'cluster agent disconnected', 'cluster-unavailable'],
    [
      'a lost tunnel',
      500,
      'lost connection to cluster: failed to find Session for client stv-cluster-c-x',
      'cluster-unavailable',
    ],
    ['throttling in plain text', 429, 'Too many requests, please try again later.', 'throttled'],
    [
      'norman',
      404,
      '{"baseType":"error","code":"NotFound","message":"not found","status":404,"type":"error"}',
      'upstream-error',
    ],
    ['a page', 404, '<!doctype html><title>nginx</title>', 'not-a-rancher'],
    ['a redirect', 302, '', 'not-a-rancher'],
  ])('%s (%i) is told as such', (_what, status, text, code) => {
    const error = toUpstreamError(answer(status, text), 'rancher', 'rancher.example.com')
    expect(error.problem.code).toBe(code)
    expect(error.problem.message).toMatch(/rancher\.example\.com|Rancher/)
  })

  it('are read whatever their shape', () => {
    expect(readErrorBody(go('NotFound', 404, 'gone'))).toMatchObject({ reason: 'NotFound', message: 'gone' })
    expect(readErrorBody('{"baseType":"error","code":"Conflict","message":"m"}')).toMatchObject({
      reason: 'Conflict',
      message: 'm',
    })
    expect(readErrorBody('{not json')).toEqual({ message: '{not json' })
    expect(readErrorBody('')).toEqual({})
  })

  it('carry how long to wait', () => {
    const now = Date.parse('2026-11-24T10:00:00Z')
    expect(retryAfterMs('7', now)).toBe(7000)
    expect(retryAfterMs('Tue, 24 Nov 2026 10:00:30 GMT', now)).toBe(30_000)
    expect(retryAfterMs('soon', now)).toBeUndefined()
    expect(toUpstreamError(answer(429, '', { 'retry-after': '2' }), 'kubernetes', 'h').retryAfterMs).toBe(2000)
    expect(
      toUpstreamError(answer(429, '{"kind":"Status","details":{"retryAfterSeconds":3}}'), 'kubernetes', 'h')
        .retryAfterMs,
    ).toBe(3000)
  })
})
