import { allContracts, type Contract } from '@rancher-hub/contracts'
import { newId } from '@rancher-hub/service-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, type Hub, requestOf, startHub } from './hub.fixtures.ts'
import { hostileStrings, inputArbitrary } from './input-arbitrary.ts'
import { moreServices } from './services.fixtures.ts'

let hub: Hub
let ada: Browser
const ids = [newId()]
beforeAll(async () => {
  hub = await startHub({ services: moreServices })
  ada = await hub.administrator()
  ids.push((await ada.request({ url: '/api/v1/me' })).json().user.id, (await hub.person(ada, 'bob', 'viewer')).id)
  const environment = await ada.request({
    method: 'POST',
    url: '/api/v1/environments',
    payload: { name: 'Staging', colour: '#b7791f' },
  })
  ids.push(environment.json().id)
})
afterAll(async () => await hub[Symbol.asyncDispose]())

const parameters = { seed: 20261124, numRuns: 60 }
const served = allContracts.filter((contract) => contract.http !== undefined && contract.name !== 'auth.sign-out')

/** Each request from an address of its own: the limits have specs of their own. */
let address = 0
const nextAddress = (): string => {
  address += 1
  return `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255}`
}

/** Whatever a client sends is answered by what the contract declares, never by a failure of ours. */
const expectDeclared = (contract: Contract, response: { statusCode: number; body: string }): void => {
  if (response.statusCode < 500) return
  const { code } = JSON.parse(response.body) as { code: string }
  expect(Object.keys(contract.refusals), `${contract.name} answered ${response.statusCode} ${code}`).toContain(code)
}

describe.each(served.map((contract) => [contract.name, contract] as const))('%s', (_name, contract) => {
  it('stands input made from its schema, hostile strings included', async () => {
    await fc.assert(
      fc.asyncProperty(inputArbitrary(contract.input, { ids }), async (input) => {
        const response = await ada.request({
          ...requestOf(contract, input as Record<string, unknown>),
          remoteAddress: nextAddress(),
        })
        expectDeclared(contract, response)
      }),
      parameters,
    )
  })

  it('stands any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { method, url } = requestOf(contract, Object.fromEntries(ids.map((id, index) => [`p${index}`, id])))
        const payload =
          method === 'GET' || method === 'DELETE'
            ? {}
            : { payload: JSON.stringify(value), headers: { 'content-type': 'application/json' } }
        expectDeclared(
          contract,
          await ada.request({
            ...(method === undefined ? {} : { method }),
            url: url.replaceAll('//', `/${newId()}/`),
            remoteAddress: nextAddress(),
            ...payload,
          }),
        )
      }),
      { ...parameters, numRuns: 20 },
    )
  })
})

describe('addresses', () => {
  it('are answered without a failure of ours, whatever they hold', async () => {
    for (const hostile of hostileStrings) {
      for (const url of [
        `/api/v1/people/${encodeURIComponent(hostile.toWellFormed())}/link`,
        `/api/v1/environments?x=${hostile.toWellFormed()}`,
        `/${encodeURI(hostile.toWellFormed())}`,
      ]) {
        for (const method of ['GET', 'POST', 'DELETE'] as const) {
          const response = await ada.request({
            method,
            url: url.replaceAll(/[\r\n]/g, ''),
            remoteAddress: nextAddress(),
          })
          expect(response.statusCode).toBeLessThan(500)
        }
      }
    }
  })
})
