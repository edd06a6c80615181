import type { Kind, ObjectRef, RuleInForce, Selection } from '@rancher-hub/contracts'
import {
  appliesTo,
  type CompiledRule,
  compileIgnoreRule,
  type KubernetesObject,
  type Normalized,
} from '@rancher-hub/kubernetes'
import type { KubeApi } from '../connection/kube-api.ts'
import type { SiteRegistry } from '../connection/site-registry.ts'
import type { OrganizationKeys } from '../credentials/keyring.ts'
import type { IgnoreRuleModels } from '../ignore-rules/ignore-rules.projection.ts'
import { normalizedBy } from '../inventory/observed-object.ts'
import type { LandscapeModels } from '../landscape/landscape-models.ts'
import type { InstanceDoc } from '../landscape/landscape-projections.ts'
import type { Pair } from './plan-write.ts'

/** What a write moves: as contracts ask for it. */
export interface WriteAsked {
  readonly sourceInstanceId: string
  readonly targetInstanceId: string
  readonly object: ObjectRef
  readonly selection: Selection
}

/** The two ends of a write. */
export interface WritePlace {
  readonly sourceInstance: InstanceDoc
  readonly targetInstance: InstanceDoc
  readonly source: KubeApi
  readonly target: KubeApi
  /** Rules of the organization and of both instances that are switched on: what they ignore is not written. */
  readonly rules: readonly CompiledRule<RuleInForce>[]
}

/** An object as it was just read, with its normal form. */
export interface FreshObject {
  readonly object: KubernetesObject
  readonly content: Normalized
  readonly digest: string
}

/** Both ends; undefined when an instance is not the organization's. @throws SiteError | NoSuchSiteError */
export const openPlace = async (
  deps: {
    readonly models: LandscapeModels
    readonly ignoreRules: IgnoreRuleModels
    readonly registry: SiteRegistry
  },
  organization: string,
  asked: WriteAsked,
): Promise<WritePlace | undefined> => {
  const sourceInstance = await deps.models.instance(organization, asked.sourceInstanceId)
  const targetInstance = await deps.models.instance(organization, asked.targetInstanceId)
  if (sourceInstance === undefined || targetInstance === undefined) return undefined
  const [source, target, rules] = await Promise.all([
    deps.registry.open(organization, sourceInstance.siteId),
    deps.registry.open(organization, targetInstance.siteId),
    deps.ignoreRules.inForce(organization, [sourceInstance._id, targetInstance._id]),
  ])
  return {
    sourceInstance,
    targetInstance,
    source: source.cluster(sourceInstance.clusterId),
    target: target.cluster(targetInstance.clusterId),
    rules: rules.map(compileIgnoreRule),
  }
}

/** Reads an object from its API server, not from the cache. @throws SiteError */
export const readFresh = async (
  api: KubeApi,
  instance: InstanceDoc,
  ref: { readonly kind: Kind; readonly name: string },
  keys: OrganizationKeys,
): Promise<FreshObject | undefined> => {
  const object = await api.get(ref.kind, instance.namespace, ref.name)
  // An object on its way out does not count as there: what is written to it goes with it.
  return object === undefined || object.metadata.deletionTimestamp !== undefined
    ? undefined
    : { object, ...normalizedBy(keys, object) }
}

/** Both ends of one object, with the rules that are about it. */
export const toPair = (
  source: FreshObject,
  target: FreshObject | undefined,
  { targetInstance, rules }: Pick<WritePlace, 'targetInstance' | 'rules'>,
  autoscaled: boolean,
): Pair => {
  const sides = target === undefined ? [source.content] : [source.content, target.content]
  const { kind, metadata } = source.object
  return {
    source: source.object,
    sourceContent: source.content,
    target: target?.object,
    targetContent: target?.content,
    targetNamespace: targetInstance.namespace,
    autoscaled,
    rules: rules.filter((rule) => appliesTo(rule, { kind, name: metadata.name }, sides)),
  }
}
