import { createMemoryBus } from '@rancher-hub/bus/memory'
import { allEvents, catalogue } from '@rancher-hub/contracts'
import { stored } from '@rancher-hub/domain/testing'
import { type Aggregate, createLogger } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { siteCredentials } from './credentials/site-credentials.ts'
import { vault } from './credentials/vault.ts'
import golden from './events.golden.json' with { type: 'json' }
import { ignoreRules } from './ignore-rules/ignore-rules.ts'
import { landscape } from './landscape/landscape.ts'
import { networks } from './networks/networks.ts'
import { publish } from './publish.ts'
import { createSitesService, sitesConfig } from './service.ts'
import { createGround } from './sites.fixtures.ts'
import { views } from './views/views.ts'
import { writeRecord } from './writes/write-record.ts'

const reading = <S, E extends { type: string; data: unknown }>(aggregate: Aggregate<S, E>) => ({
  category: aggregate.category,
  events: aggregate.events,
  takes: (event: { type: string; data: unknown }) => aggregate.evolve(aggregate.initial, event as E),
})
const aggregates = [
  reading(landscape),
  reading(ignoreRules),
  reading(networks),
  reading(siteCredentials),
  reading(vault),
  reading(views),
  reading(writeRecord),
]

describe('released events', () => {
  it.each(golden.map((sample) => [`${sample.category} ${sample.type}`, sample] as const))(
    '%s stays readable',
    (_name, sample) => {
      const aggregate = aggregates.find(({ category }) => category === sample.category)
      expect(aggregate?.events[sample.type]?.parse(sample.data)).toEqual(sample.data)
      expect(() => aggregate?.takes(sample)).not.toThrow()
    },
  )

  it('are all in the golden file', () => {
    const declared = aggregates.flatMap(({ category, events }) =>
      Object.keys(events).map((type) => `${category} ${type}`),
    )
    expect(new Set(golden.map(({ category, type }) => `${category} ${type}`))).toEqual(new Set(declared))
  })

  it('are public as the contracts say, and carry ids and names only', async () => {
    const answers = await Promise.all(
      golden.map(async ({ category, type, data }) => await publish(stored({ type, data }, { category }))),
    )
    const published = answers.filter((answer) => answer !== undefined)
    expect(new Set(published.map(({ event }) => event.type))).toEqual(
      new Set(allEvents.filter(({ service }) => service === 'sites').map(({ type }) => type)),
    )
    const told: Readonly<Record<string, readonly string[]>> = {
      NetworksChanged: ['mode', 'targets'],
      TokenExpiring: ['name', 'days', 'expiresAt'],
    }
    for (const { event, data } of published)
      expect(Object.keys(event.data.parse(data)).filter((key) => !key.endsWith('Id'))).toEqual(
        told[event.type] ?? ['name'],
      )
  })
})

describe('sites service', () => {
  it('answers each of its contracts, once', () => {
    const { sitesKeys, masterKey, ...ground } = createGround()
    const deps = {
      ...ground,
      bus: createMemoryBus(),
      privateKey: sitesKeys.privateKey,
      publicKeys: {},
      log: createLogger({ level: 'silent' }),
    }
    const { handlers } = createSitesService(
      { ...sitesConfig.schema.parse({}), masterKey, allowLoopbackSites: false },
      deps,
    )
    expect(handlers.map(({ contract }) => contract.name).toSorted()).toEqual(
      catalogue.sites.map(({ name }) => name).toSorted(),
    )
  })
})
