import { describe, expect, it } from 'vitest'
import { type Known, type Place, suggest } from './suggest.ts'

const environment = (name: string) => ({ id: name, name, colour: '#1f6feb', protected: false })
const place = (namespace: string, cluster = 'apps', project?: string, site = 'Rancher'): Place => ({
  site: { id: site, name: site },
  cluster: { id: `c-${cluster}`, name: cluster },
  namespace,
  project,
})
const three = ['Dev', 'Staging', 'Production'].map(environment)
const suggested = (places: readonly Place[], known: Partial<Known> = {}) =>
  suggest(places, { environments: three, bound: [], ...known })
const short = (places: readonly Place[], known: Partial<Known> = {}) =>
  suggested(places, known).map((each) => `${each.name} | ${each.environment.name} | ${each.confidence}`)

describe('suggested instances', () => {
  it('come from namespaces that are named after an environment', () => {
    expect(suggested([place('shop-staging')])).toEqual([
      {
        name: 'shop staging',
        app: 'shop',
        environment: three[1],
        site: { id: 'Rancher', name: 'Rancher' },
        cluster: { id: 'c-apps', name: 'apps' },
        namespace: 'shop-staging',
        confidence: 'high',
        reasons: [{ code: 'namespace', text: 'staging' }],
      },
    ])
  })
  it.each([
    ['shop-dev', 'Dev'],
    ['dev-shop', 'Dev'],
    ['shop-develop', 'Dev'],
    ['shop-development', 'Dev'],
    ['shop-dev2', 'Dev'],
    ['shop-stg', 'Staging'],
    ['shop-stage', 'Staging'],
    ['shop-prod', 'Production'],
    ['shop-prd', 'Production'],
    ['shop-live', 'Production'],
    ['shop-phat-trien', 'Dev'],
    ['shop-san-xuat', 'Production'],
    ['cua-hang-thu-nghiem', 'Staging'],
  ])('know %s as %s', (namespace, expected) => {
    expect(suggested([place(namespace)]).map((each) => each.environment.name)).toEqual([expected])
  })
  it.each(['shop', 'shop-uat', 'devices', 'production-line-delivery-livestream-x', 'shop-preprod'])(
    'are not made up: %s',
    (namespace) => {
      const found = suggested([place(namespace)])
      expect(found.map((each) => each.environment.name)).toEqual(
        namespace.startsWith('production-') ? ['Production'] : [],
      )
    },
  )
  it('know environments by any name, with or without accents', () => {
    const environments = ['Phát triển', 'Nghiệm thu', 'Vận hành', 'Blue'].map(environment)
    const names = (namespace: string) =>
      suggested([place(namespace)], { environments }).map((each) => [each.environment.name, each.name])
    expect(names('don-hang-dev')).toEqual([['Phát triển', 'don-hang phát triển']])
    expect(names('don-hang-uat')).toEqual([['Nghiệm thu', 'don-hang nghiệm thu']])
    expect(names('don-hang-live')).toEqual([['Vận hành', 'don-hang vận hành']])
    expect(names('don-hang-blue')).toEqual([['Blue', 'don-hang blue']])
  })
  it('look at project, cluster and site where the namespace says nothing', () => {
    expect(short([place('shop', 'prod-eu')])).toEqual(['shop production | Production | medium'])
    expect(short([place('shop', 'apps', 'Shop (Dev)')])).toEqual(['shop dev | Dev | medium'])
    expect(short([place('shop', 'apps', undefined, 'Rancher staging')])).toEqual(['shop staging | Staging | low'])
  })
  it('say when another environment is named too, and are less certain', () => {
    expect(suggested([place('shop-dev', 'prod-eu')])).toMatchObject([
      {
        environment: { name: 'Dev' },
        confidence: 'medium',
        reasons: [{ code: 'namespace' }, { code: 'other-name', text: 'Production' }],
      },
    ])
  })
  it('put the same app of several environments together, first, in their order', () => {
    const places = [place('wiki-dev'), place('shop', 'prod-eu'), place('shop-staging'), place('shop-dev')]
    expect(short(places)).toEqual([
      'shop dev | Dev | high',
      'shop staging | Staging | high',
      'shop production | Production | high',
      'wiki dev | Dev | high',
    ])
  })
  it('keep an app together, wherever its most certain instance stands', () => {
    const places = [
      place('b', 'prod-eu'),
      place('a-dev', 'prod-eu'),
      place('a', 'apps', undefined, 'Rancher staging'),
      place('b', 'apps', 'B (Dev)'),
    ]
    expect(suggested(places).map(({ app }) => app)).toEqual(['b', 'b', 'a', 'a'])
    expect(suggested(places.toReversed())).toEqual(suggested(places))
  })
  it('count what is bound already as the same app, and never suggest it', () => {
    const bound = [{ ...place('shop-dev'), name: 'shop dev', environmentId: 'Dev' }]
    expect(suggested([place('shop-dev'), place('shop', 'prod-eu')], { bound })).toMatchObject([
      { name: 'shop production', confidence: 'high', reasons: [{ code: 'cluster' }, { code: 'same-app' }] },
    ])
  })
  it('tell environments of one stage apart by their other words, or leave it', () => {
    const environments = ['Production EU', 'Production US'].map(environment)
    const names = (each: Place) => suggested([each], { environments }).map((found) => found.environment.name)
    expect(names(place('shop-prod', 'apps-us'))).toEqual(['Production US'])
    expect(names(place('shop-prod', 'apps-asia'))).toEqual([])
  })
  it('have names that are free, and not too long', () => {
    const bound = [{ ...place('other'), name: 'SHOP Dev', environmentId: 'Staging' }]
    const [first, second, third] = suggested(
      [place('shop-dev', 'a'), place('shop-dev', 'a', undefined, 'Second'), place(`${'x'.repeat(58)}-dev`)],
      { bound },
    )
    expect([first?.name, second?.name]).toEqual(['shop dev a', 'shop dev 2'])
    expect(third?.name.length).toBeLessThanOrEqual(80)
    const long = environment('Môi trường phát triển dành cho các nhóm ở Thành phố Hồ Chí Minh và Hà Nội số 1')
    const [found] = suggested([place(`${'x'.repeat(50)}-dev`)], { environments: [long] })
    expect(found?.name.length).toBeLessThanOrEqual(80)
  })
  it('name an app after its project or cluster where the namespace is nothing but the environment', () => {
    expect(short([place('dev', 'apps', 'Đơn hàng')])).toEqual(['Đơn hàng dev | Dev | high'])
    expect(short([place('dev', 'shop-eu')])).toEqual(['shop eu dev | Dev | high'])
  })
  it.each(['default', 'kube-prod', 'cattle-dev', 'fleet-dev', 'p-abcde'])('leave %s out', (namespace) => {
    expect(suggested([place(namespace, 'prod-eu')])).toEqual([])
  })
  it('are none without environments', () => {
    expect(suggested([place('shop-dev')], { environments: [] })).toEqual([])
  })
})
