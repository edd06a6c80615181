import { allContracts, allEvents } from '@rancher-hub/contracts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Hub, startHub } from './hub.fixtures.ts'

let hub: Hub
beforeAll(async () => {
  hub = await startHub()
})
afterAll(async () => await hub[Symbol.asyncDispose]())

const json = async (url: string) => (await hub.browser().request({ url })).json()
const localReferences = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
const target = (document: unknown, reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (node, key) => (node as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    )

describe('OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(await json('/openapi.json'))
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
  })

  it('describes every served contract, with its problems', async () => {
    const { paths } = await json('/openapi.json')
    const operations = Object.values(paths).flatMap((path) => Object.values(path as object)) as {
      operationId: string
      responses: Record<string, { description: string }>
      parameters: { name: string; in: string }[]
    }[]
    const served = allContracts.filter(({ http }) => http !== undefined)
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      served.map(({ name }) => name).toSorted(),
    )
    for (const contract of served) {
      const operation = operations.find(({ operationId }) => operationId === contract.name)
      for (const [code, { status }] of Object.entries(contract.refusals))
        expect(operation?.responses[status]?.description).toContain(`\`${code}\``)
    }
  })

  it('leaves no reference dangling and shows no session grant', async () => {
    const document = await json('/openapi.json')
    for (const reference of localReferences(document)) expect(target(document, reference)).toBeDefined()
    expect(JSON.stringify(document)).not.toContain('sessionToken')
  })
})

describe('AsyncAPI document', () => {
  it('describes every public event and the live feed', async () => {
    const document = await json('/asyncapi.json')
    expect(document.asyncapi).toBe('3.0.0')
    expect(Object.keys(document.channels)).toEqual([
      ...allEvents.map(({ service, type }) => `${service}.${type}`),
      'live',
    ])
    for (const reference of localReferences(document)) expect(target(document, reference)).toBeDefined()
  })
})

describe('page of the HTTP interface', () => {
  it('runs scripts of the hub alone', async () => {
    const page = await hub.browser().request({ url: '/docs', headers: { accept: 'text/html' } })
    const scripts = [...page.body.matchAll(/<script[^>]*>/g)].map(([tag]) => tag)
    for (const tag of scripts) expect(tag).toMatch(/src="\/docs\/|type="application\/json"/)
    const reader = await hub.browser().request({ url: '/docs/reference.js' })
    expect([reader.statusCode, reader.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect(reader.body.length).toBeGreaterThan(100_000)
  })
})
