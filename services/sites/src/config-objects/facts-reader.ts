import type { ConfigKind, Part } from '@rancher-hub/contracts'
import type { KubeApi } from '../connection/kube-api.ts'
import type { Keyring } from '../credentials/keyring.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { type ConfigFacts, configFacts } from './config-facts.ts'

/** What reading an object gave: facts; nothing, when there is no such object; or why it is not known. */
export interface ReadFacts {
  readonly facts?: ConfigFacts | undefined
  readonly part: Part
}

/** Reads config objects on demand and keeps their facts, never their values. */
export interface FactsReader {
  /**
   * `digest`: of the object as the inventory knows it; facts with the same one are used again.
   * Without one (the inventory leaves the object out, or does not know it) they are for a moment.
   */
  read(
    instance: InstanceDoc,
    ref: { readonly kind: ConfigKind; readonly name: string },
    digest: string | undefined,
    /** Milliseconds since 1970. */
    now: number,
  ): Promise<ReadFacts>
}

export interface FactsReaderDeps {
  /** @throws SiteError */
  readonly apiOf: (instance: InstanceDoc) => Promise<KubeApi>
  readonly keyring: Keyring
}

const MAX_KEPT = 500
/** Milliseconds for which an answer without digest, or a failure, is used again: live pages ask often. */
const MOMENT_MS = 5_000

interface Kept {
  readonly at: number
  readonly answer: Promise<ReadFacts>
  digest: string | undefined
}

/** Makes a reader. Equal questions at the same time are one. */
export const createFactsReader = ({ apiOf, keyring }: FactsReaderDeps): FactsReader => {
  const kept = new Map<string, Kept>()

  const ask = async (instance: InstanceDoc, ref: Parameters<FactsReader['read']>[1]): Promise<ReadFacts> => {
    const keys = await keyring.of(instance.org)
    try {
      const object = await (await apiOf(instance)).get(ref.kind, instance.namespace, ref.name)
      const part: Part = { state: 'complete', stale: false }
      return object === undefined ? { part } : { part, facts: configFacts(keys, { ...object, kind: ref.kind }) }
    } catch (error) {
      if (!(error instanceof SiteError)) throw error
      const state = hasStatus(error, 403) ? 'forbidden' : 'failed'
      return { part: { state, stale: false, problem: error.problem } }
    }
  }

  return {
    read: async (instance, ref, digest, now) => {
      const key = `${instance.siteId}/${instance.clusterId}/${instance.namespace}/${ref.kind}/${ref.name}`
      const known = kept.get(key)
      const isFresh = known !== undefined && now - known.at < MOMENT_MS
      if (
        known !== undefined &&
        (digest === undefined || known.digest === undefined ? isFresh : known.digest === digest)
      )
        return await known.answer
      const entry: Kept = { at: now, answer: ask(instance, ref), digest: undefined }
      kept.delete(key)
      kept.set(key, entry)
      const [oldest] = kept.keys()
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest)
      try {
        const answer = await entry.answer
        entry.digest = answer.facts?.digest
        return answer
      } catch (error) {
        if (kept.get(key) === entry) kept.delete(key)
        throw error
      }
    },
  }
}
