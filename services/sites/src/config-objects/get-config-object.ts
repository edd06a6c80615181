import {
  type ConfigKind,
  type ConfigReader,
  configLimits,
  getConfigObject,
  type Part,
  type ReturnOf,
} from '@rancher-hub/contracts'
import { workloadKinds } from '@rancher-hub/kubernetes'
import { type Handler, handleQuery } from '@rancher-hub/service-kit'
import type { NeighbourKind } from '../connection/kinds.ts'
import { describeInstanceDocs } from '../features/instances.ts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import { kindPart } from '../inventory/kind-part.ts'
import { startInventories } from '../inventory/start-inventories.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { createNeighbourReader, type NeighbourReader } from '../workloads/neighbours.ts'
import { FIRST_WAIT_MS, instanceOf, type WorkloadDeps } from '../workloads/workload-deps.ts'
import { configElsewhere } from './config-elsewhere.ts'
import { type ConfigFacts, observedFacts, toConfigObject } from './config-facts.ts'
import { accountReaders, ingressReaders, workloadReaders } from './config-readers.ts'
import { createFactsReader, type FactsReader } from './facts-reader.ts'

type Answer = ReturnOf<typeof getConfigObject>
interface Ref {
  readonly kind: ConfigKind
  readonly name: string
}

const KEEP_MS = 5_000

/** What is known of the object: read where the cluster answers, else what the inventory has. */
const factsOf = async (
  reader: FactsReader,
  instance: InstanceDoc,
  ref: Ref,
  inventory: InstanceInventory,
  now: number,
): Promise<{ readonly facts?: ConfigFacts | undefined; readonly part: Part }> => {
  const known = kindPart(inventory, ref.kind)
  if (inventory.exists(ref) === false) return { part: known }
  const observed = inventory.get(ref)
  const read = await reader.read(instance, ref, observed, now)
  if (read.facts !== undefined || read.part.state === 'complete') return { facts: read.facts, part: keepStale(known) }
  if (observed === undefined) return { part: read.part }
  return {
    facts: observedFacts(observed),
    part: { ...known, stale: true, problem: known.problem ?? read.part.problem },
  }
}

/** Whoever may read an object and not list its kind knows it all the same. */
const keepStale = (part: Part): Part => (part.state === 'complete' ? part : { state: 'complete', stale: false })

/** Kinds beside workloads that name Secrets of a type. */
const otherReaders: Readonly<Record<string, { readonly kind: NeighbourKind; readonly find: typeof ingressReaders }>> = {
  'kubernetes.io/tls': { kind: 'Ingress', find: ingressReaders },
  'kubernetes.io/dockerconfigjson': { kind: 'ServiceAccount', find: accountReaders },
}

const readersOf = async (
  neighbours: NeighbourReader,
  instance: InstanceDoc,
  ref: Ref,
  facts: ConfigFacts | undefined,
  inventory: InstanceInventory,
): Promise<{ readonly readers: ConfigReader[]; readonly unreadKinds: Answer['unreadKinds'] }> => {
  const present = facts?.keys.map(({ key }) => key)
  const isWhole = facts !== undefined && facts.keyCount === facts.keys.length
  const readers = workloadReaders(inventory.objects(), ref, isWhole ? present : undefined)
  const unreadKinds: Answer['unreadKinds'] = workloadKinds
    .map((kind) => ({ kind: kind as string, part: kindPart(inventory, kind) }))
    .filter(({ part }) => part.state !== 'complete')
  const other = otherReaders[facts?.type ?? '']
  if (other === undefined) return { readers, unreadKinds }
  const { objects, part } = await neighbours.list(instance, other.kind)
  if (objects === undefined) return { readers, unreadKinds: [...unreadKinds, { kind: other.kind, part }] }
  return { readers: [...readers, ...other.find(objects, ref.name)], unreadKinds }
}

/** Answers `sites.get-config-object`. Asking has the other instances read too, for what is the same there. */
export const answerGetConfigObject = (deps: WorkloadDeps): Handler => {
  const facts = createFactsReader({ apiOf: deps.apiOf, keyring: deps.keyring })
  const neighbours = createNeighbourReader({ apiOf: deps.apiOf, keepMs: KEEP_MS })
  return handleQuery(getConfigObject, async ({ instanceId, kind, name }, ctx): Promise<Answer> => {
    const instance = await instanceOf(deps, getConfigObject, instanceId, ctx)
    const ref = { kind, name }
    using used = await deps.inventories.use(instance)
    const { inventory } = used
    const docs = await deps.models.instances(ctx.organization)
    await startInventories(
      deps.inventories,
      docs.filter(({ _id }) => _id !== instanceId),
    )
    await inventory.settled(FIRST_WAIT_MS, ctx.signal)
    const [known, described] = await Promise.all([
      factsOf(facts, instance, ref, inventory, ctx.now().getTime()),
      describeInstanceDocs(deps, ctx.organization, docs),
    ])
    const own = described.find(({ id }) => id === instanceId)
    if (own === undefined) throw new Error(`Instance ${instanceId} has no environment or site`)
    const { readers, unreadKinds } = await readersOf(neighbours, instance, ref, known.facts, inventory)
    return {
      instance: own,
      part: known.part,
      object: known.facts === undefined ? undefined : toConfigObject(known.facts, ctx.now()),
      readers: readers.slice(0, configLimits.readers),
      readerCount: readers.length,
      unreadKinds,
      elsewhere: configElsewhere(
        deps.inventories,
        described.filter(({ id }) => id !== instanceId),
        ref,
        known.facts,
      ),
    }
  })
}
