import { once } from 'node:events'
import { openMemoryEventStore } from '@rancher-hub/event-store/memory'
import { createLogger, decideAndAppend, newId } from '@rancher-hub/service-kit'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../credentials/keyring.ts'
import { type CredentialsStored, siteCredentials } from '../credentials/site-credentials.ts'
import { createNetworkPolicy } from '../egress/network-policy.ts'
import { serving } from '../egress/socket-servers.fixtures.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { SiteDoc } from '../landscape/landscape-projections.ts'
import { createSiteRegistry } from './site-registry.ts'

const ORG = 'org-1'
const SITE = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'
const now = () => new Date('2026-11-24T10:00:00Z')

/** A registry of one site, whose document a spec changes. */
const ground = (port = 1) => {
  const store = openMemoryEventStore()
  const keyring = createKeyring({ masterKey: new Uint8Array(32).fill(7), store, now })
  let doc: SiteDoc | undefined
  let gate: Promise<void> | undefined
  const waiting = new EventTarget()
  const models: Partial<LandscapeModels> = { site: async () => doc }
  const registry = createSiteRegistry({
    store,
    models: models as LandscapeModels,
    keyring: {
      // The last that is read before a client is made.
      of: async (organization) => {
        const keys = await keyring.of(organization)
        const held = gate
        gate = undefined
        if (held !== undefined) waiting.dispatchEvent(new Event('held'))
        await held
        return keys
      },
    },
    policyOf: async () => createNetworkPolicy({ allowLoopback: true }),
    concurrency: 4,
    now,
    log: createLogger({ level: 'silent' }),
    onHealthChanged: () => undefined,
  })
  const origin = `http://127.0.0.1:${port}`
  return {
    registry,
    change: (facts: Partial<SiteDoc> | undefined) => {
      doc = facts && doc && { ...doc, ...facts, revision: doc.revision + 1 }
    },
    /** Enters a token; the site is there from the first on. */
    enter: async (token: string, url = origin): Promise<void> => {
      const credentialsId = newId()
      const sealed = (await keyring.of(ORG)).sealCredentials({ siteId: SITE, origin }, JSON.stringify({ token }))
      await decideAndAppend(
        { store, now },
        siteCredentials,
        SITE,
        (): readonly CredentialsStored[] => [{ type: 'CredentialsStored', data: { credentialsId, origin, sealed } }],
        { organization: ORG, actor: { kind: 'service', name: 'sites' }, correlationId: newId(), causationId: newId() },
      )
      const facts = { name: 'Site', kind: 'rancher', url, origin, credentialsId } as const
      const made = { _id: SITE, org: ORG, connectedAt: now().toISOString(), checkedAt: now().toISOString() }
      doc = { ...made, ...facts, revision: (doc?.revision ?? -1) + 1 }
    },
    /** Opens the site and stays before the client is made, until `go`. */
    held: async () => {
      const { promise, resolve: go } = Promise.withResolvers<void>()
      gate = promise
      const isHeld = once(waiting, 'held')
      const opened = registry.open(ORG, SITE)
      await isHeld
      return { opened, go }
    },
  }
}

describe('clients of sites', () => {
  it.each([
    ['token', ''],
    ['address', '/other'],
  ])('are those of the newest %s, also for who began to open the site before', async (_what, path) => {
    const { registry, enter, held } = ground()
    await using _ = registry
    await enter('token-a:x')
    const { opened, go } = await held()
    await enter('token-b:x', `http://127.0.0.1:1${path}`)
    const newest = await registry.open(ORG, SITE)
    go()
    expect(await opened).toBe(newest)
    expect(await registry.open(ORG, SITE)).toBe(newest)
  })

  it.each([
    ['disabled', { disabled: true }, 'The site Site is disabled'],
    ['deleted', undefined, 'There is no site'],
  ])('are not made for a site that is %s while it is opened', async (_what, facts, message) => {
    const { registry, enter, change, held } = ground()
    await using _ = registry
    await enter('token-a:x')
    const { opened, go } = await held()
    change(facts)
    await registry.close(SITE)
    go()
    await expect(opened).rejects.toThrow(message)
    expect(registry.organizations()).toEqual(new Set())
  })

  it('that are closed say nothing of the site any more', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    await using server = await serving(() => resolve())
    const { registry, enter, change } = ground(server.port)
    await using _ = registry
    await enter('token-a:x')
    const clusters = (await registry.open(ORG, SITE)).clusters()
    const ended = expect(clusters).rejects.toThrow()
    await asked
    change({ disabled: true })
    await registry.close(SITE)
    await ended
    expect(registry.health(SITE)).toEqual({ state: 'unknown' })
  })
})
