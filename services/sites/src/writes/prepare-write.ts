import { setTimeout as sleep } from 'node:timers/promises'
import { prepareWrite, type ReturnOf, type SiteProblem } from '@rancher-hub/contracts'
import {
  type JsonObject,
  type KubernetesObject,
  labelsMatch,
  parseLabelSelector,
  redactSecret,
  withPreconditions,
} from '@rancher-hub/kubernetes'
import { type CallContext, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import type { Written } from '../connection/kube-api.ts'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import type { Keyring, OrganizationKeys } from '../credentials/keyring.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { IgnoreRuleModels } from '../ignore-rules/ignore-rules.projection.ts'
import { backoffMs } from '../inventory/backoff.ts'
import type { InstanceInventory } from '../inventory/instance-inventory.ts'
import type { Inventories } from '../inventory/inventories.ts'
import { normalizedBy } from '../inventory/observed-object.ts'
import { readReferences } from '../inventory/read-references.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import { describeConflict } from './conflict.ts'
import { type PlannedWrite, planWrite } from './plan-write.ts'
import type { RecentContents } from './recent-contents.ts'
import { type FreshObject, openPlace, readFresh, toPair, type WriteAsked, type WritePlace } from './write-place.ts'
import { shownProblem } from './write-problem.ts'
import { warningsOf } from './write-warnings.ts'

export interface PrepareWriteDeps {
  readonly models: LandscapeModels
  readonly ignoreRules: IgnoreRuleModels
  readonly registry: SiteRegistry
  readonly keyring: Keyring
  readonly inventories: Inventories
  readonly recent: RecentContents
}

type Prepared = ReturnOf<typeof prepareWrite>

const MAX_PATCH = 64_000
/** Controllers may change the object between the read and the dry run; then both are done again. */
const ATTEMPTS = 10
const PAUSE_MS = 30
const INVENTORY_WAIT_MS = 20_000

const refusedBy = (problem: SiteProblem): Prepared => ({ outcome: 'refused', problem })

/** Sends a planned write; the same request, dry or not. @throws SiteError */
export const sendWrite = async (
  place: WritePlace,
  asked: WriteAsked,
  write: PlannedWrite,
  target: FreshObject | undefined,
  dryRun: boolean,
): Promise<Written> => {
  const { kind, name } = asked.object
  const { namespace } = place.targetInstance
  if (target === undefined) return await place.target.create(kind, namespace, write.body, { dryRun })
  const { uid = '', resourceVersion = '' } = target.object.metadata
  return await place.target.patch(
    kind,
    namespace,
    name,
    write.contentType,
    withPreconditions(write.body, { uid, resourceVersion }),
    { dryRun },
  )
}

const shownPatch = (write: PlannedWrite, kind: string): string => {
  const body: JsonObject = kind === 'Secret' ? redactSecret(write.body) : write.body
  return JSON.stringify(body).slice(0, MAX_PATCH)
}

/** Where an object is in the namespace but not in the instance, comparing again would show it as missing again. */
const outsideInstance = (
  what: string,
  object: KubernetesObject | undefined,
  { labelSelector }: InstanceDoc,
): string | undefined =>
  labelSelector === undefined || labelsMatch(parseLabelSelector(labelSelector), object?.metadata.labels ?? {})
    ? undefined
    : `${what} is in the namespace already, but does not belong to this instance: its labels do not match ${labelSelector}. Label it, or change the selector of the instance.`

interface Attempt {
  readonly place: WritePlace
  readonly asked: WriteAsked
  readonly keys: OrganizationKeys
  readonly inventory: InstanceInventory
  readonly recent: RecentContents
}

const prepareOnce = async ({ place, asked, keys, inventory, recent }: Attempt): Promise<Prepared> => {
  const { object: ref, selection } = asked
  const what = `${ref.kind} ${ref.name}`
  const [source, target] = await Promise.all([
    readFresh(place.source, place.sourceInstance, ref, keys),
    readFresh(place.target, place.targetInstance, ref, keys),
  ])
  if (source === undefined)
    return { outcome: 'conflict', conflict: describeConflict('source-missing', what, undefined) }
  const autoscaled = inventory.isAutoscaled(ref)
  const plan = planWrite(toPair(source, target, place, autoscaled), selection, keys)
  if (plan.kind === 'unchanged') return { outcome: 'unchanged', reason: plan.reason }
  if (plan.kind === 'refused') return refusedBy({ code: plan.code, message: plan.message })
  if (plan.kind === 'conflict') {
    const hidden =
      plan.code === 'target-exists' ? outsideInstance(what, target?.object, place.targetInstance) : undefined
    if (hidden !== undefined) return { outcome: 'conflict', conflict: { code: plan.code, message: hidden, fields: [] } }
    return {
      outcome: 'conflict',
      conflict: describeConflict(
        plan.code,
        what,
        plan.code === 'source-changed' ? source.object : target?.object,
        plan.fields,
      ),
    }
  }
  const { write } = plan
  const dry = await sendWrite(place, asked, write, target, true)
  const after = normalizedBy(keys, dry.object)
  if (after.digest === target?.digest)
    return { outcome: 'unchanged', reason: 'The target’s API server would change nothing' }
  recent.remember(source.digest, source.content)
  if (target !== undefined) recent.remember(target.digest, target.content)
  return {
    outcome: 'ready',
    action: write.action,
    preconditions: {
      sourceDigest: source.digest,
      ...(target === undefined ? {} : { targetUid: target.object.metadata.uid, targetDigest: target.digest }),
    },
    changes: [...write.changes],
    patch: shownPatch(write, ref.kind),
    patchDigest: write.digest,
    afterDigest: after.digest,
    warnings: warningsOf({
      ref,
      target: target?.object,
      after: dry.object,
      write,
      autoscaled,
      serverWarnings: dry.warnings,
      inventory,
      selector: place.targetInstance.labelSelector,
      others: await readReferences(place.target, place.targetInstance, dry.object, inventory),
    }),
  }
}

const prepare = async (attempt: Attempt): Promise<Prepared> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await prepareOnce(attempt)
    } catch (error) {
      const moved = hasStatus(error, 409) && error.body?.reason !== 'AlreadyExists'
      if (!moved || tries >= ATTEMPTS) throw error
      await sleep(backoffMs(tries, PAUSE_MS, 1_000))
    }
  }
}

/** Answers `sites.prepare-write`. */
export const answerPrepareWrite = (deps: PrepareWriteDeps): Handler =>
  handleQuery(prepareWrite, async (asked, ctx: CallContext) => {
    try {
      const place = await openPlace(deps, ctx.organization, asked)
      if (place === undefined) throw refuse(prepareWrite, 'not-found')
      const keys = await deps.keyring.of(ctx.organization)
      using used = await deps.inventories.use(place.targetInstance)
      // References and autoscalers are told from the cache: warnings only.
      await used.inventory.settled(INVENTORY_WAIT_MS, ctx.signal)
      return await prepare({ place, asked, keys, inventory: used.inventory, recent: deps.recent })
    } catch (error) {
      if (error instanceof NoSuchSiteError) throw refuse(prepareWrite, 'not-found')
      if (error instanceof SiteError) return refusedBy(shownProblem(asked.object.kind, error))
      throw error
    }
  })
