import { describe, expect, it } from 'vitest'
import { genericFacts, genericStatus } from './generic-status.ts'
import type { JsonObject, KubernetesObject } from './kubernetes-object.ts'
import type { PodState } from './pod-state.ts'

const rollout = (status: JsonObject, spec: JsonObject = {}, metadata: JsonObject = {}): KubernetesObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Rollout',
  metadata: { name: 'cart', generation: 3, ...metadata },
  spec: { replicas: 3, ...spec },
  status: { observedGeneration: '3', ...status },
})
const condition = (type: string, status: string, reason = '', message = '') => ({ type, status, reason, message })
const statusOf = (object: KubernetesObject, pods?: readonly PodState[]) => genericStatus(genericFacts(object), pods)
const available = { updatedReplicas: 3, availableReplicas: 3 }
const broken: PodState = {
  isOver: false,
  isReady: false,
  restarts: 4,
  trouble: { reason: 'CrashLoopBackOff', words: 'ended with exit code 1', severity: 'broken' },
}

describe('the status of a workload of any kind', () => {
  it.each<[string, KubernetesObject, string, string]>([
    ['all is there', rollout(available), 'healthy', '3 of 3 pods are available'],
    ['OpenKruise is paused', rollout(available, { updateStrategy: { paused: true } }), 'suspended', 'Paused'],
    [
      'its rolling update is paused',
      rollout(available, { updateStrategy: { rollingUpdate: { paused: true } } }),
      'suspended',
      'Paused',
    ],
    ['it is scaled to 0', rollout({}, { replicas: 0 }), 'healthy', 'Scaled to 0: no pods are wanted'],
    ['pods are missing', rollout({ updatedReplicas: 3 }), 'progressing', '0 of 3 pods are available'],
    ['pods are old', rollout({ ...available, updatedReplicas: 1 }), 'progressing', '1 of 3 pods are new'],
    [
      'the change is not seen',
      rollout({ ...available, observedGeneration: '2' }),
      'progressing',
      'The controller has not seen the change yet',
    ],
    [
      'its generation is a hash',
      rollout({ ...available, observedGeneration: '5f9c' }),
      'healthy',
      '3 of 3 pods are available',
    ],
    [
      'it is deleted',
      rollout(available, {}, { deletionTimestamp: '2026-11-26T10:00:00Z' }),
      'progressing',
      'Is being deleted',
    ],
    [
      'it is stalled',
      rollout({ conditions: [condition('Stalled', 'True', 'NoQuota', 'no quota is left')] }),
      'stalled',
      'no quota is left',
    ],
    [
      'its deadline has passed',
      rollout({ conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'timed out')] }),
      'stalled',
      'timed out',
    ],
    [
      'it says Degraded',
      rollout({ phase: 'Degraded', message: 'RolloutAborted: revision 2' }),
      'degraded',
      'Degraded: RolloutAborted: revision 2',
    ],
    [
      'a canary waits',
      rollout({ phase: 'Paused', message: 'CanaryPauseStep' }),
      'suspended',
      'Paused: CanaryPauseStep',
    ],
    ['it is paused', rollout(available, { paused: true }), 'suspended', 'Paused'],
    [
      'it reconciles',
      rollout({ ...available, conditions: [condition('Reconciling', 'True', '', 'makes pods')] }),
      'progressing',
      'makes pods',
    ],
    [
      'it is not ready',
      rollout({ ...available, conditions: [condition('Ready', 'False', 'Waiting')] }),
      'progressing',
      'Waiting',
    ],
    [
      'pods cannot be made',
      rollout({ conditions: [condition('FailedScale', 'True', '', 'exceeded quota')] }),
      'degraded',
      'exceeded quota',
    ],
  ])('when %s', (_, object, state, message) => {
    expect(statusOf(object)).toEqual({ state, message })
  })

  it('takes the reason from pods that do not work', () => {
    expect(statusOf(rollout({ updatedReplicas: 3, availableReplicas: 2 }), [broken])).toEqual({
      state: 'degraded',
      message: '1 of 3 pods: CrashLoopBackOff, ended with exit code 1',
      detail: '2 of 3 pods are available',
    })
    expect(statusOf(rollout({ phase: 'Degraded' }), [broken])).toMatchObject({
      state: 'degraded',
      message: 'Degraded',
      detail: '1 of 3 pods: CrashLoopBackOff, ended with exit code 1',
    })
    expect(statusOf(rollout(available), [])).toEqual({ state: 'healthy', message: '3 of 3 pods are available' })
  })

  it('counts nodes where a kind runs on each, and knows kinds without counts', () => {
    const daemon: KubernetesObject = {
      kind: 'DaemonSet',
      metadata: { name: 'agent' },
      spec: {},
      status: { desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberReady: 4 },
    }
    expect(genericFacts(daemon)).toMatchObject({ desired: 5, updated: 5, ready: 4, own: { state: 'progressing' } })
    expect(statusOf({ kind: 'Thing', metadata: { name: 'x' } }).state).toBe('healthy')
  })

  it('of a Job is how its run does', () => {
    const job = (status: JsonObject): KubernetesObject => ({ kind: 'Job', metadata: { name: 'import' }, status })
    expect(statusOf(job({})).message).toBe('Running')
    expect(statusOf(job({ failed: 2 })).message).toBe('Running; 2 pods failed so far')
    expect(statusOf(job({ conditions: [condition('Complete', 'True')] }))).toEqual({
      state: 'healthy',
      message: 'Succeeded',
    })
    expect(statusOf(job({ conditions: [condition('Suspended', 'True')] })).state).toBe('suspended')
    expect(
      statusOf(job({ conditions: [condition('Failed', 'True', 'DeadlineExceeded', 'was active too long')] })),
    ).toEqual({ state: 'degraded', message: 'Failed: it took longer than allowed (was active too long)' })
  })
})
