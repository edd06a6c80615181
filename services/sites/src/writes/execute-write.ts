import { setTimeout as sleep } from 'node:timers/promises'
import { type Conflict, executeWrite, type InputOf, type ReturnOf } from '@rancher-hub/contracts'
import type { EventStore } from '@rancher-hub/event-store'
import {
  type Cause,
  decideAndAppend,
  type Handler,
  handleCommand,
  loadAggregate,
  refuse,
  streamName,
} from '@rancher-hub/service-kit'
import PQueue from 'p-queue'
import { NoSuchSiteError, type SiteRegistry } from '../connection/site-registry.ts'
import type { Keyring, OrganizationKeys } from '../credentials/keyring.ts'
import { hasStatus, SiteError } from '../egress/site-error.ts'
import type { IgnoreRuleModels } from '../ignore-rules/ignore-rules.projection.ts'
import { backoffMs } from '../inventory/backoff.ts'
import { normalizedBy } from '../inventory/observed-object.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { BeforeImages } from './before-images.ts'
import { changedFields, describeConflict, hubWroteAt } from './conflict.ts'
import { planWrite } from './plan-write.ts'
import { sendWrite } from './prepare-write.ts'
import type { RecentContents } from './recent-contents.ts'
import { type FreshObject, openPlace, readFresh, toPair, type WritePlace } from './write-place.ts'
import { isOutcomeOpen, shownProblem } from './write-problem.ts'
import { type WriteBegun, type WriteRecord, writeRecord } from './write-record.ts'

export interface ExecuteWriteDeps {
  readonly models: LandscapeModels
  readonly ignoreRules: IgnoreRuleModels
  readonly registry: SiteRegistry
  readonly keyring: Keyring
  readonly store: EventStore
  readonly beforeImages: BeforeImages
  readonly recent: RecentContents
  /** Writes to one site at the same time. */
  readonly writesPerSite: number
  readonly now: () => Date
}

type Input = InputOf<typeof executeWrite>
type Executed = ReturnOf<typeof executeWrite>

interface Work {
  readonly deps: ExecuteWriteDeps
  readonly input: Input
  readonly place: WritePlace
  readonly keys: OrganizationKeys
  readonly cause: Cause
  readonly what: string
}

/** Controllers bump the version of an object many times a second while it rolls out. */
const ATTEMPTS = 12
const PAUSE_MS = 30

const conflict = (found: Conflict): Executed => ({ outcome: 'conflict', conflict: found })

const writtenAs = (
  { object, digest }: FreshObject,
  alreadyThere: boolean,
  beforeImage: string | undefined,
): Executed => ({
  outcome: 'written',
  alreadyThere,
  beforeImage,
  uid: object.metadata.uid ?? '',
  resourceVersion: object.metadata.resourceVersion ?? '',
  generation: object.metadata.generation,
  afterDigest: digest,
})

/**
 * Whether an earlier attempt of this very write got through: it had begun, the hub's entry in `managedFields` is
 * another one than before it, and what was to be written is there. Controllers may have changed other fields since.
 */
const wroteBefore = async (
  work: Work,
  begun: WriteRecord['begun'],
  target: FreshObject | undefined,
): Promise<boolean> => {
  if (begun === undefined || target === undefined) return false
  const { input } = work
  const wroteAt = hubWroteAt(target.object)
  if (wroteAt === '') return false
  const { targetUid } = input.preconditions
  // What is to be created was not there; what is there now is ours only if it says the same.
  if (targetUid === undefined ? begun.hubWroteAt !== '' : target.object.metadata.uid !== targetUid) return false
  if (target.digest === input.afterDigest) return true
  if (wroteAt === begun.hubWroteAt) return false
  const source = await readFresh(work.place.source, work.place.sourceInstance, input.object, work.keys)
  // Another source says nothing of what was to be written.
  if (source?.digest !== input.preconditions.sourceDigest) return false
  // A rule that was made in between says nothing about what had been written.
  return [work.place.rules, []].some(
    (rules) =>
      planWrite(toPair(source, target, { ...work.place, rules }, false), input.selection, work.keys).kind ===
      'unchanged',
  )
}

/** What stands against writing to this target, if anything. */
const targetConflict = ({ deps, input, what }: Work, target: FreshObject | undefined): Conflict | undefined => {
  const { targetUid, targetDigest } = input.preconditions
  if (targetUid === undefined)
    return target === undefined ? undefined : describeConflict('target-exists', what, target.object)
  if (target === undefined) return describeConflict('target-missing', what, undefined)
  if (target.object.metadata.uid !== targetUid) return describeConflict('target-recreated', what, target.object)
  if (target.digest === targetDigest) return undefined
  return describeConflict(
    'target-changed',
    what,
    target.object,
    changedFields(target.content, deps.recent.get(targetDigest ?? '')),
  )
}

const recordBegin = async (
  { deps, input, keys, cause }: Work,
  target: FreshObject | undefined,
): Promise<string | undefined> => {
  const beforeImage = target === undefined ? undefined : await deps.beforeImages.store(target.object, keys, cause)
  const { syncId, targetInstanceId, object } = input
  const data = {
    syncId,
    targetInstanceId,
    ...object,
    beforeImage,
    hubWroteAt: target === undefined ? '' : hubWroteAt(target.object),
  }
  await decideAndAppend(
    deps,
    writeRecord,
    input.writeId,
    (): readonly WriteBegun[] => [{ type: 'WriteBegun', data }],
    cause,
  )
  return beforeImage
}

/** What an error of the write itself means; undefined: read once more and decide again. */
const failure = (work: Work, target: FreshObject | undefined, error: SiteError): Executed | undefined => {
  const { kind } = work.input.object
  if (hasStatus(error, 409))
    return error.body?.reason === 'AlreadyExists'
      ? conflict(describeConflict('target-exists', work.what, undefined))
      : undefined
  const immutableUid = (error.body?.details?.causes ?? []).some(({ field }) => field === 'metadata.uid')
  if (hasStatus(error, 422) && (immutableUid || /metadata\.uid/.test(error.body?.message ?? ''))) {
    return conflict(describeConflict('target-recreated', work.what, undefined))
  }
  if (hasStatus(error, 404) && target !== undefined && error.body?.reason === 'NotFound')
    return conflict(describeConflict('target-missing', work.what, undefined))
  return { outcome: isOutcomeOpen(error) ? 'unknown' : 'failed', problem: shownProblem(kind, error) }
}

/** Checks everything on fresh reads, then writes once. Undefined: the object moved on meanwhile, try again. */
const attemptWrite = async (work: Work, look: boolean): Promise<Executed | undefined> => {
  const { deps, input, place, keys, what, cause } = work
  const target = await readFresh(place.target, place.targetInstance, input.object, keys)
  if (look) {
    const { begun } = (
      await loadAggregate(deps.store, writeRecord, streamName(writeRecord.category, cause.organization, input.writeId))
    ).state
    if (target !== undefined && (await wroteBefore(work, begun, target)))
      return writtenAs(target, true, begun?.beforeImage)
  }
  const blocked = targetConflict(work, target)
  if (blocked !== undefined) return conflict(blocked)
  const source = await readFresh(place.source, place.sourceInstance, input.object, keys)
  if (source === undefined) return conflict(describeConflict('source-missing', what, undefined))
  if (source.digest !== input.preconditions.sourceDigest) {
    return conflict(
      describeConflict(
        'source-changed',
        what,
        source.object,
        changedFields(source.content, deps.recent.get(input.preconditions.sourceDigest)),
      ),
    )
  }
  const plan = planWrite(toPair(source, target, place, false), input.selection, keys)
  // A rule that was made after the plan: it holds from now on.
  if (plan.kind === 'refused') return { outcome: 'failed', problem: { code: plan.code, message: plan.message } }
  if (plan.kind !== 'write' || plan.write.digest !== input.patchDigest)
    return conflict(describeConflict('source-changed', what, source.object))
  const beforeImage = await recordBegin(work, target)
  try {
    const { object } = await sendWrite(place, input, plan.write, target, false)
    return writtenAs({ object, ...normalizedBy(keys, object) }, false, beforeImage)
  } catch (error) {
    if (error instanceof SiteError) return failure(work, target, error)
    throw error
  }
}

const execute = async (work: Work): Promise<Executed> => {
  const { input } = work
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await attemptWrite(work, input.retrying)
      if (outcome !== undefined) return outcome
      await sleep(backoffMs(attempt, PAUSE_MS, 1_000))
    }
    const message = `${work.what} in the target changes faster than it can be written. Nothing was written; try again when it is quiet.`
    return { outcome: 'failed', problem: { code: 'upstream-error', message } }
  } catch (error) {
    if (!(error instanceof SiteError)) throw error
    // Nothing was sent by this attempt; an earlier one may have written, and that could not be looked up.
    return {
      outcome: input.retrying || isOutcomeOpen(error) ? 'unknown' : 'failed',
      problem: shownProblem(input.object.kind, error),
    }
  }
}

/** Answers `sites.execute-write`. A write that began is not cut off when the caller goes away. */
export const answerExecuteWrite = (deps: ExecuteWriteDeps): Handler => {
  const queues = new Map<string, PQueue>()
  const queueOf = (siteId: string): PQueue => {
    const queue = queues.get(siteId) ?? new PQueue({ concurrency: deps.writesPerSite })
    queues.set(siteId, queue)
    return queue
  }
  return handleCommand(executeWrite, async (input, ctx): Promise<Executed> => {
    const open = async (): Promise<WritePlace> => {
      const place = await openPlace(deps, ctx.organization, input)
      if (place === undefined) throw refuse(executeWrite, 'not-found')
      return place
    }
    try {
      const place = await open()
      const keys = await deps.keyring.of(ctx.organization)
      const what = `${input.object.kind} ${input.object.name}`
      return await queueOf(place.targetInstance.siteId).add(
        async () => await execute({ deps, input, place, keys, cause: ctx, what }),
      )
    } catch (error) {
      if (error instanceof NoSuchSiteError) throw refuse(executeWrite, 'not-found')
      if (error instanceof SiteError)
        return { outcome: input.retrying ? 'unknown' : 'failed', problem: shownProblem(input.object.kind, error) }
      throw error
    }
  })
}
