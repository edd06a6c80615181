import { createMemoryBus } from '@rancher-hub/bus/memory'
import { allEvents, catalogue } from '@rancher-hub/contracts'
import { stored } from '@rancher-hub/domain/testing'
import type { Aggregate } from '@rancher-hub/service-kit'
import { createLogger } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { createGround } from './auth.fixtures.ts'
import { authConfig } from './config.ts'
import golden from './events.golden.json' with { type: 'json' }
import { organization } from './organization/organization.ts'
import { publish } from './publish.ts'
import { createAuthService } from './service.ts'
import { session } from './session/session.ts'
import { setup } from './setup/setup.ts'
import { user } from './user/user.ts'

const evolveOf = <S, E extends { type: string; data: unknown }>(aggregate: Aggregate<S, E>) => ({
  category: aggregate.category,
  events: aggregate.events,
  takes: (event: { type: string; data: unknown }) => aggregate.evolve(aggregate.initial, event as E),
})
const aggregates = [evolveOf(organization), evolveOf(user), evolveOf(session), evolveOf(setup)]

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

  it('are public as the contracts say, and no other is', () => {
    const published = golden.flatMap(({ category, type, data }) => publish(stored({ type, data }, { category })) ?? [])
    expect(published.map(({ event }) => event.type)).toEqual(
      allEvents.filter(({ service }) => service === 'auth').map(({ type }) => type),
    )
    for (const { event, data } of published) expect(() => event.data.parse(data)).not.toThrow()
  })
})

describe('auth service', () => {
  it('answers each of its contracts, once', () => {
    const { authKeys, ...ground } = createGround()
    const deps = {
      ...ground,
      bus: createMemoryBus(),
      privateKey: authKeys.privateKey,
      publicKeys: {},
      log: createLogger({ level: 'silent' }),
      publicUrl: () => '',
    }
    const { handlers } = createAuthService(authConfig.schema.parse({}), deps)
    expect(handlers.map(({ contract }) => contract.name).toSorted()).toEqual(
      catalogue.auth.map(({ name }) => name).toSorted(),
    )
  })
})
