import { describe, expect, it } from 'vitest'
import { missingRight, missingRightSentence } from './missing-right.ts'

const user = 'User "system:serviceaccount:rancher-hub:hub"'

describe('the right that a refusal names', () => {
  it('is read from what an API server says', () => {
    expect(
      missingRight(
        `deployments.apps "cart" is forbidden: ${user} cannot patch resource "deployments" in API group "apps" in the namespace "shop"`,
      ),
    ).toEqual({ verb: 'patch', resource: 'deployments', namespace: 'shop' })
    expect(
      missingRight(
        `secrets is forbidden: ${user} cannot list resource "secrets" in API group "" in the namespace "shop"`,
      ),
    ).toEqual({ verb: 'list', resource: 'secrets', namespace: 'shop' })
    expect(
      missingRight(
        `namespaces is forbidden: ${user} cannot list resource "namespaces" in API group "" at the cluster scope`,
      ),
    ).toEqual({ verb: 'list', resource: 'namespaces', namespace: undefined })
  })

  it('is none where a quota or a webhook refused', () => {
    expect(missingRight('pods "web" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5')).toBeUndefined()
    expect(missingRight('admission webhook "policy.example" denied the request: no latest tag')).toBeUndefined()
    expect(missingRight('')).toBeUndefined()
  })

  it('is told with where to get it', () => {
    expect(missingRightSentence('k8s.example', { verb: 'patch', resource: 'configmaps', namespace: 'shop' })).toBe(
      'k8s.example does not allow this to the user of the token: it may not patch configmaps in the namespace shop. Settings → Sites → «Rights of a token» makes the manifest that allows it.',
    )
    expect(missingRightSentence('k8s.example', { verb: 'list', resource: 'namespaces' })).toContain(
      'in the whole cluster',
    )
  })
})
