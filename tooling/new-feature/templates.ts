import { contractName, handlerName } from './names.ts'

/** What is to be made. */
export interface NewFeature {
  readonly service: 'auth' | 'sites' | 'sync'
  /** Imperative, kebab-case. */
  readonly name: string
  readonly kind: 'query' | 'command'
}

const permission = {
  query: { auth: 'people:read', sites: 'site:read', sync: 'sync:read' },
  command: { auth: 'people:write', sites: 'site:write', sync: 'sync:plan' },
} as const

const sentence = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ')

/** The contract: complete enough for the catalogue's spec, the HTTP interface and the client. */
export const contractFile = ({ service, name, kind }: NewFeature): string => `import { z } from 'zod'
import { ${kind} } from '../kit.ts'

export const ${contractName(name)} = ${kind}('${service}.${name}', {
  summary: '${sentence(name)}',
  http: { method: '${kind === 'query' ? 'GET' : 'POST'}', path: '/${name}' },
  access: '${permission[kind][service]}',
  input: z.object({}),
  result: z.object({}),
  examples: [{ summary: '${sentence(name)}', input: {}, result: {} }],
})
`

/** The handler, which does not answer yet. */
export const featureFile = ({ name, kind }: NewFeature): string => {
  const handle = kind === 'query' ? 'handleQuery' : 'handleCommand'
  return `import { ${contractName(name)} } from '@rancher-hub/contracts'
import { ${handle} } from '@rancher-hub/service-kit'

/** ${sentence(name)}. */
export const ${handlerName(name)} = ${handle}(${contractName(name)}, async () => {
  throw new Error('${name} is not written yet')
})
`
}

/** A spec that calls it over the bus, as the gateway does; it fails until the handler answers. */
export const specFile = ({
  service,
  name,
  kind,
}: NewFeature): string => `import { createMemoryBus } from '@rancher-hub/bus/memory'
import { ${contractName(name)} } from '@rancher-hub/contracts'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { openMemoryReadModels } from '@rancher-hub/read-model/memory'
import { createCaller, createKeyPair, createLogger, createTokenSigner, newId, soleLeases, startService } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { ${handlerName(name)} } from './${name}.ts'

const keys = createKeyPair()
const bus = createMemoryBus()

const start = async () =>
  await startService(
    {
      name: '${service}',
      aggregates: [],
      handlers: [${handlerName(name)}],
      projections: [],
      processManagers: [],
      publish: () => undefined,
    },
    {
      store: openMemoryEventStore(),
      models: openMemoryReadModels(),
      bus,
      privateKey: keys.privateKey,
      publicKeys: { gateway: keys.publicKey },
      log: createLogger({ level: 'silent' }),
      leases: soleLeases(),
    },
  )

const ada = {
  organization: newId(),
  actor: {
    kind: 'user' as const,
    userId: newId(),
    name: 'Ada',
    sessionId: newId(),
    permissions: ['${permission[kind][service]}' as const],
  },
}

describe('${name}', () => {
  it('answers', async () => {
    await using _service = await start()
    const token = await createTokenSigner('gateway', keys.privateKey).sign(ada)
    expect(await createCaller(bus).call(${contractName(name)}, {}, { token, correlationId: newId() })).toEqual({})
  })
})
`
