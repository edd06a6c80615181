import type { RolloutStatus } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import { rolloutOf, rolloutSteps } from './follow-rollout.ts'
import type { InstanceInventory, ObjectListener } from './instance-inventory.ts'
import type { ObservedObject } from './observed-object.ts'

const object = (state: RolloutStatus['state'], change: Partial<ObservedObject> = {}) =>
  ({
    kind: 'Deployment',
    name: 'cart',
    uid: 'u-1',
    generation: 2,
    rollout: { state, message: state },
    ...change,
  }) as ObservedObject

/** An inventory of one object, moved by hand. */
const scripted = (first: ObservedObject | undefined) => {
  let object = first
  let current = true
  let listener: ObjectListener = () => {}
  const stop = new AbortController()
  const inventory = {
    get: () => object,
    isCurrent: () => current,
    stopped: stop.signal,
    follow: (_ref: unknown, follower: ObjectListener) => {
      listener = follower
      return () => {}
    },
  } as Partial<InstanceInventory> as InstanceInventory
  return {
    inventory,
    stop,
    show: (next: ObservedObject | undefined) => {
      object = next
      listener(next)
    },
    lose: (lost: boolean) => {
      current = !lost
      listener(object)
    },
  }
}
const followed = (deadline = 60_000) => ({
  ref: { kind: 'Deployment', name: 'cart' } as const,
  uid: 'u-1',
  generation: 2,
  deadline,
  now: () => 0,
  signal: new AbortController().signal,
})
const statesOf = async (steps: AsyncIterable<{ state: string; message: string }>) =>
  (await Array.fromAsync(steps)).map(({ state, message }) => `${state}: ${message}`)

describe('a roll-out', () => {
  it('is judged for the generation that was written', () => {
    expect(rolloutOf(object('complete', { generation: 1 }), { uid: 'u-1', generation: 2 }, true).state).toBe(
      'progressing',
    )
    expect(rolloutOf(object('complete', { generation: 3 }), { uid: 'u-1', generation: 2 }, true).state).toBe('complete')
  })
  it('has failed when the object is gone or another one', () => {
    expect(rolloutOf(undefined, { uid: 'u-1' }, true).state).toBe('failed')
    expect(rolloutOf(undefined, { uid: 'u-1' }, false).state).toBe('unknown')
    expect(rolloutOf(object('complete', { uid: 'u-2' }), { uid: 'u-1' }, true).state).toBe('failed')
  })
  it('is told step by step, as it happens, until it ends', async () => {
    const { inventory, show } = scripted(object('complete', { generation: 1 }))
    const steps = rolloutSteps(inventory, followed())[Symbol.asyncIterator]()
    const next = async () => (await steps.next()).value?.message
    expect(await next()).toBe('Waiting to see the change')
    show(object('progressing'))
    expect(await next()).toBe('progressing')
    show(object('progressing'))
    show(object('complete'))
    expect(await next()).toBe('complete')
    expect((await steps.next()).done).toBe(true)
  })
  it('is unknown while there is no connection', async () => {
    const { inventory, show, lose } = scripted(object('progressing'))
    const steps = rolloutSteps(inventory, followed())[Symbol.asyncIterator]()
    await steps.next()
    lose(true)
    expect((await steps.next()).value).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('No connection'),
    })
    lose(false)
    expect((await steps.next()).value?.state).toBe('progressing')
    show(undefined)
    expect((await steps.next()).value?.state).toBe('failed')
  })
  it('says what the pods say while it goes on', async () => {
    const { inventory, show } = scripted(object('progressing'))
    let time = 0
    const steps = rolloutSteps(inventory, { ...followed(), now: () => time, why: async () => 'web: ImagePullBackOff' })[
      Symbol.asyncIterator
    ]()
    expect((await steps.next()).value?.message).toBe('progressing')
    time = 6_000
    show(object('progressing'))
    expect((await steps.next()).value?.message).toBe('progressing; web: ImagePullBackOff')
    show(object('complete'))
    expect((await steps.next()).value?.message).toBe('complete')
  })
  it('ends with where it was when time is up', async () => {
    expect(await statesOf(rolloutSteps(scripted(object('progressing')).inventory, followed(0)))).toEqual([
      'progressing: progressing',
    ])
  })
  it('is refused, not judged, when the service stops', async () => {
    const { inventory, stop } = scripted(object('progressing'))
    const steps = rolloutSteps(inventory, followed())[Symbol.asyncIterator]()
    await steps.next()
    stop.abort()
    await expect(steps.next()).rejects.toMatchObject({ code: 'unavailable' })
  })
})
