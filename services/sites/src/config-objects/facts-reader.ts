import type { ConfigKind, Part } from '@rancher-hub/contracts'
import { LRUCache } from 'lru-cache'
import type { KubeApi } from '../connection/kube-api.ts'
import type { Keyring } from '../credentials/keyring.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { ObservedObject } from '../inventory/observed-object.ts'
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
   * `observed`: the object as the inventory knows it; facts of the same one with the same content are used again for a
   * minute: who wrote it last, and when, may change without the content. Undefined (the inventory leaves the object
   * out, or does not know it): they are for a moment.
   */
  read(
    instance: InstanceDoc,
    ref: { readonly kind: ConfigKind; readonly name: string },
    observed: Pick<ObservedObject, 'uid' | 'digest'> | undefined,
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
/** Milliseconds for which facts of an object that did not change are used again. */
const KEPT_MS = 60_000

interface Kept {
  readonly at: number
  readonly answer: Promise<ReadFacts>
  /** Undefined: no object was found, or the answer is not there yet. */
  facts: ConfigFacts | undefined
}

/** Whether what was kept still answers. */
const answers = (kept: Kept, observed: Pick<ObservedObject, 'uid' | 'digest'> | undefined, now: number): boolean => {
  const age = now - kept.at
  if (observed === undefined || kept.facts === undefined) return age < MOMENT_MS
  return age < KEPT_MS && kept.facts.uid === observed.uid && kept.facts.digest === observed.digest
}

/** Makes a reader. Equal questions at the same time are one. */
export const createFactsReader = ({ apiOf, keyring }: FactsReaderDeps): FactsReader => {
  const kept = new LRUCache<string, Kept>({ max: MAX_KEPT })

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
    read: async (instance, ref, observed, now) => {
      const key = `${instance.siteId}/${instance.clusterId}/${instance.namespace}/${ref.kind}/${ref.name}`
      const known = kept.get(key)
      if (known !== undefined && answers(known, observed, now)) return await known.answer
      const entry: Kept = { at: now, answer: ask(instance, ref), facts: undefined }
      kept.set(key, entry)
      try {
        const answer = await entry.answer
        entry.facts = answer.facts
        return answer
      } catch (error) {
        if (kept.peek(key) === entry) kept.delete(key)
        throw error
      }
    },
  }
}
