import { describe, expect, it } from 'vitest'
import { kindInCluster, pageKindOf, ShownKind } from './shown-kinds.ts'

describe('kinds that have a page', () => {
  it.each([
    ['Deployment', undefined, 'Deployment'],
    ['StatefulSet', undefined, 'StatefulSet'],
    ['StatefulSet', 'apps.kruise.io/v1beta1', 'AdvancedStatefulSet'],
    ['DaemonSet', 'apps.kruise.io/v1alpha1', 'AdvancedDaemonSet'],
    ['CloneSet', 'apps.kruise.io/v1alpha1', 'CloneSet'],
    ['Rollout', 'argoproj.io/v1alpha1', 'Rollout'],
    ['Job', 'batch/v1', 'Job'],
    ['Rollout', 'rollouts.kruise.io/v1beta1', undefined],
    ['StatefulSet', 'example.org/v1', undefined],
    ['ConfigMap', undefined, undefined],
    ['AdvancedStatefulSet', undefined, undefined],
  ])('%s of %s is told apart', (kind, apiVersion, page) => {
    expect(pageKindOf(kind, apiVersion)).toBe(page)
  })

  it('have the name that their cluster knows', () => {
    expect(ShownKind.options.map(kindInCluster)).toEqual(['Rollout', 'CloneSet', 'StatefulSet', 'DaemonSet', 'Job'])
    expect(kindInCluster('CronJob')).toBe('CronJob')
  })
})
