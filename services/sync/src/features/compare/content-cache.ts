import { getContents, type ObjectRef } from '@rancher-hub/contracts'
import type { Normalized } from '@rancher-hub/kubernetes'
import { type CallContext, refuse } from '@rancher-hub/service-kit'
import { LRUCache } from 'lru-cache'

const MAX_CONTENTS = 10_000
const ASK_AT_ONCE = 100

/** An object whose content is wanted, with the digest that the inventory told. */
export interface Wanted {
  readonly ref: ObjectRef
  readonly digest: string
}

/** Normalized contents by digest: content never changes under a digest, so nothing here is ever stale. What nobody asked for longest goes first. */
export const createContentCache = () => {
  const known = new LRUCache<string, Normalized>({ max: MAX_CONTENTS })
  const keyOf = (organization: string, digest: string): string => `${organization}/${digest}`

  const fetch = async (instanceId: string, refs: readonly ObjectRef[], ctx: CallContext): Promise<void> => {
    for (let open = [...refs]; open.length > 0; ) {
      const batch = open.splice(0, ASK_AT_ONCE)
      const { items, more } = await ctx.call(getContents, { instanceId, objects: batch })
      if (items.length === 0 && more.length === batch.length) throw refuse(getContents, 'unavailable')
      for (const { digest, content } of items) known.set(keyOf(ctx.organization, digest), content as Normalized)
      open = [...more, ...open]
    }
  }

  return {
    get: (organization: string, digest: string): Normalized | undefined => known.get(keyOf(organization, digest)),
    /** Makes sure that contents are here, as far as the objects still have these digests. */
    load: async (instanceId: string, wanted: readonly Wanted[], ctx: CallContext): Promise<void> => {
      const missing = wanted.filter(({ digest }) => !known.has(keyOf(ctx.organization, digest)))
      if (missing.length > 0)
        await fetch(
          instanceId,
          missing.map(({ ref }) => ref),
          ctx,
        )
    },
  }
}
export type ContentCache = ReturnType<typeof createContentCache>
