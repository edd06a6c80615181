import {
  getContents,
  listObjects,
  listReaders,
  type NormalizedContent,
  type ObjectRef,
  type ObjectSummary,
  type ReturnOf,
  readInventory,
} from '@rancher-hub/contracts'
import { digestOf, isWorkloadKind, type JsonObject, type Normalized, referencesTo } from '@rancher-hub/kubernetes'
import { type CallContext, type Handler, handleQuery, handleStream, refuse } from '@rancher-hub/service-kit'
import type { z } from 'zod'
import { syncedKinds } from '../connection/kinds.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { InstanceInventory } from './instance-inventory.ts'
import type { Inventories, UsedInventory } from './inventories.ts'
import type { ObservedObject } from './observed-object.ts'

/** Bytes of JSON in one answer; messages must stay below 1 MB. */
const ANSWER_BYTES = 600_000
const CHUNK_OBJECTS = 500
/** How long a screen waits for the first list; then it shows what is there. */
const SCREEN_WAIT_MS = 8_000
const COMPLETE_WAIT_MS = 45_000

export interface InventoryAnswersDeps {
  readonly models: LandscapeModels
  readonly inventories: Inventories
}

type InventoryContract = typeof listObjects | typeof readInventory | typeof getContents | typeof listReaders

/** The inventory of an instance of the caller's organization. @throws RefusedError not-found */
const useInventory = async (
  deps: InventoryAnswersDeps,
  contract: InventoryContract,
  instanceId: string,
  ctx: CallContext,
): Promise<UsedInventory> => {
  const instance = await deps.models.instance(ctx.organization, instanceId)
  if (instance === undefined) throw refuse(contract, 'not-found')
  return await deps.inventories.use(instance)
}

const kindOrder = new Map(syncedKinds.map((kind, index) => [kind, index]))
const byKindAndName = (a: ObservedObject, b: ObservedObject): number =>
  (kindOrder.get(a.kind) ?? 0) - (kindOrder.get(b.kind) ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

const matches = (object: ObservedObject, text: string): boolean =>
  object.name.includes(text) ||
  Object.values(object.images).some((image) => image.toLowerCase().includes(text)) ||
  Object.keys(object.keys).some((key) => key.toLowerCase().includes(text))

const answerListObjects = (deps: InventoryAnswersDeps): Handler =>
  handleQuery(listObjects, async ({ instanceId, kind, text, offset, limit }, ctx) => {
    using used = await useInventory(deps, listObjects, instanceId, ctx)
    const { inventory } = used
    await inventory.settled(SCREEN_WAIT_MS, ctx.signal)
    const needle = text?.trim().toLowerCase() ?? ''
    const found = inventory.objects(kind).filter((object) => needle === '' || matches(object, needle))
    found.sort(byKindAndName)
    const items = found.slice(offset, offset + limit).map((object) => inventory.summary(object))
    return { items, total: found.length, inventory: inventory.state() }
  })

/** Chunks of summaries that stay below the message limit. */
const chunksOf = function* (inventory: InstanceInventory): Iterable<ObjectSummary[]> {
  let chunk: ObjectSummary[] = []
  let bytes = 0
  for (const object of inventory.objects()) {
    const summary = inventory.summary(object)
    const size = JSON.stringify(summary).length
    if (chunk.length > 0 && (chunk.length >= CHUNK_OBJECTS || bytes + size > ANSWER_BYTES)) {
      yield chunk
      chunk = []
      bytes = 0
    }
    chunk.push(summary)
    bytes += size
  }
  if (chunk.length > 0) yield chunk
}

/**
 * A snapshot is the instance at one moment: its state, and every object of every kind that it knew in one turn of the
 * event loop, in which nothing can change; all chunks are made then, before the first is sent. Each kind is known up to
 * the last change that its own watch told: of two writes to different kinds, made within milliseconds of each other, the
 * later one may be in it alone, as with any client of Kubernetes, which has no reads across kinds. As long as
 * `revision` is the same, the same would be sent again. Contents are read later, by `getContents`,
 * which says their digests: one that differs from the snapshot's has changed since.
 */
const answerReadInventory = (deps: InventoryAnswersDeps): Handler =>
  handleStream(readInventory, async function* ({ instanceId, ifRevision, waitForComplete }, ctx): AsyncIterable<
    ReturnOf<typeof readInventory>
  > {
    using used = await useInventory(deps, readInventory, instanceId, ctx)
    const { inventory } = used
    if (waitForComplete) await inventory.settled(COMPLETE_WAIT_MS, ctx.signal)
    const state = inventory.state()
    if (ifRevision === state.revision) {
      yield { kind: 'unchanged', inventory: state }
      return
    }
    const chunks = [...chunksOf(inventory)]
    yield { kind: 'state', inventory: state }
    for (const objects of chunks) yield { kind: 'objects', objects }
  })

/** Long texts of an object too large for one message give way to their digests: equal stays equal. */
const shortened = (content: Normalized): Normalized => {
  const shorten = (value: unknown): unknown => {
    if (typeof value === 'string' && value.length > 1024) return `(${value.length} characters, ${digestOf({ value })})`
    if (Array.isArray(value)) return value.map(shorten)
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shorten(inner)]))
    return value
  }
  const short = shorten(content) as JsonObject
  if (JSON.stringify(short).length <= ANSWER_BYTES) return short
  return { kind: content['kind'] ?? '', data: { '(too large to show)': digestOf(content) } }
}

const answerGetContents = (deps: InventoryAnswersDeps): Handler =>
  handleQuery(getContents, async ({ instanceId, objects }, ctx) => {
    using used = await useInventory(deps, getContents, instanceId, ctx)
    const { inventory } = used
    await inventory.settled(COMPLETE_WAIT_MS, ctx.signal)
    const items: z.input<typeof NormalizedContent>[] = []
    let bytes = 0
    for (const [index, ref] of objects.entries()) {
      const object = inventory.get(ref)
      if (object === undefined) continue
      const { kind, name, uid, digest } = object
      const whole = { kind, name, uid, digest, content: object.content, autoscaled: inventory.isAutoscaled(ref) }
      const size = JSON.stringify(whole).length
      const item = size > ANSWER_BYTES ? { ...whole, content: shortened(object.content) } : whole
      bytes += Math.min(size, ANSWER_BYTES)
      if (items.length > 0 && bytes > ANSWER_BYTES) return { items, more: objects.slice(index) }
      items.push(item)
    }
    return { items, more: [] }
  })

const answerListReaders = (deps: InventoryAnswersDeps): Handler =>
  handleQuery(listReaders, async ({ instanceId, object, keys }, ctx) => {
    using used = await useInventory(deps, listReaders, instanceId, ctx)
    await used.inventory.settled(COMPLETE_WAIT_MS, ctx.signal)
    const readers: (ObjectRef & { how: string })[] = []
    for (const workload of used.inventory
      .objects()
      .filter(({ kind }) => isWorkloadKind(kind))
      .sort(byKindAndName)) {
      const found = referencesTo(workload.references, object, keys)
      if (found.length > 0)
        readers.push({
          kind: workload.kind,
          name: workload.name,
          how: [...new Set(found.map(({ via }) => via))].join(', ').slice(0, 500),
        })
    }
    return { readers }
  })

/** Answers of the live inventory. */
export const inventoryAnswers = (deps: InventoryAnswersDeps): Handler[] => [
  answerListObjects(deps),
  answerReadInventory(deps),
  answerGetContents(deps),
  answerListReaders(deps),
]
