export type { Grant, ResourceUse, Verb } from './access-rules.ts'
export { type ClusterEvent, mergeEvents, readEvent, tellsOf } from './cluster-event.ts'
export { type CompareOptions, compareObjects, type Difference, type DifferenceGroup } from './compare.ts'
export { buildCreate } from './create.ts'
export { formatPath, PathNotValidError, parsePath, type Step } from './field-path.ts'
export { type GenericFacts, genericFacts, genericStatus } from './generic-status.ts'
export {
  appliesTo,
  type CompiledRule,
  compareUnderRules,
  compileIgnoreRule,
  exactPathRule,
  type IgnoredDifference,
  type IgnoreMatch,
  type Ignoring,
  ignoreRuleInWords,
  mayApplyTo,
  type RuledComparison,
  wholeObjectRule,
} from './ignore-rules.ts'
export { canonicalImage, type ImageReference, parseImage, sameImage } from './image.ts'
export { type JobRun, jobRun } from './job-run.ts'
export {
  type ConfigKind,
  configKinds,
  isConfigKind,
  isObject,
  isSameGroup,
  isWorkloadKind,
  type Json,
  type JsonObject,
  type KubernetesObject,
  type ManagedFieldsEntry,
  type ObjectMeta,
  objectsIn,
  type Resource,
  resourceOf,
  type SyncableKind,
  valueAt,
  type WorkloadKind,
  workloadKinds,
} from './kubernetes-object.ts'
export {
  canonicalLabelSelector,
  type LabelRequirement,
  type LabelSelector,
  LabelSelectorError,
  labelsMatch,
  parseLabelSelector,
} from './label-selector.ts'
export { type LeftOutReason, leftOutReason } from './left-out.ts'
export { FIELD_MANAGER, type LastChange, lastChange } from './managed-fields.ts'
export {
  canonicalText,
  digestOf,
  digestOfText,
  type Normalized,
  type NormalizeOptions,
  normalize,
  type ObjectContentSummary,
  summaryOf,
} from './normalize.ts'
export { ownedBy } from './owned-by.ts'
export { buildPatch, NothingAtPathError, type Patch, redactSecret, withPreconditions } from './patch.ts'
export { type PodState, podState, podStates, withEarlierReason } from './pod-state.ts'
export { type PodContainer, type PodSummary, podSummary, type Termination } from './pod-summary.ts'
export { type PodTrouble, podTrouble, troubleInWords } from './pod-trouble.ts'
export { canonicalQuantity } from './quantity.ts'
export { type ConfigReference, configReferences, referencesTo } from './references.ts'
export { type RightsCommand, rancherCommands, rightsCommands } from './rights-commands.ts'
export { podProblem, type RolloutStatus, rolloutStatus } from './rollout.ts'
export { labelSelectorText, selectorSelects, serviceSelects } from './selectors.ts'
export { type AccountRightsWanted, accountRights, type Rights, rancherRights } from './token-rights.ts'
export { type WorkloadFacts, workloadFacts } from './workload-facts.ts'
export { type Surroundings, statusOfFacts, type WorkloadStatus, workloadStatus } from './workload-status.ts'
export { type ContainerWords, containerWords, type SpecFact, workloadWords } from './workload-words.ts'
