import type { compareInstances, compareObjects, ResultOf } from '@rancher-hub/contracts'

export type { ComparisonRow } from '@rancher-hub/contracts'
export type OverHttpComparison = ResultOf<typeof compareInstances>
export type ObjectComparison = ResultOf<typeof compareObjects>
