import { describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useSteadyRows } from './use-steady-rows.ts'

const of = () => {
  const rows = ref<readonly string[]>()
  const question = ref('a')
  const isGrowing = ref(false)
  const isPointed = ref(false)
  const scope = effectScope()
  const steady = scope.run(() =>
    useSteadyRows<string>({
      rows: () => rows.value,
      question: () => question.value,
      isGrowing: () => isGrowing.value,
      isPointed: () => isPointed.value,
      idOf: (row) => row,
    }),
  )
  if (steady === undefined) throw new Error('The scope has ended')
  const ids = (): string[] | undefined => steady.rows.value?.map(({ id }) => id)
  const answer = async (next: readonly string[] | undefined): Promise<void> => {
    rows.value = next
    await nextTick()
  }
  return { steady, ids, answer, question, isGrowing, isPointed, scope }
}

describe('the rows of a list that is looked at', () => {
  it('wait behind a button when they are new, and are shown when it is pressed', async () => {
    const { steady, ids, answer, scope } = of()
    await answer(['x', 'y'])
    await answer(['w', 'x', 'y'])
    expect([ids(), steady.waiting.value, steady.isBehind.value]).toEqual([['x', 'y'], 1, true])
    steady.showLatest()
    expect([ids(), steady.waiting.value, steady.isBehind.value]).toEqual([['w', 'x', 'y'], 0, false])
    scope.stop()
  })

  it('are shown at once for another question, when its answer is there', async () => {
    const { ids, answer, question, scope } = of()
    await answer(['x'])
    question.value = 'b'
    await answer(undefined)
    expect(ids()).toEqual(['x'])
    await answer(['z'])
    expect(ids()).toEqual(['z'])
    scope.stop()
  })

  it('come by themselves until the list is read, unless somebody points at one', async () => {
    const { ids, answer, isGrowing, isPointed, scope } = of()
    isGrowing.value = true
    await answer(['x'])
    await answer(['w', 'x'])
    expect(ids()).toEqual(['w', 'x'])
    isPointed.value = true
    await answer(['v', 'w', 'x'])
    expect(ids()).toEqual(['w', 'x'])
    isPointed.value = false
    isGrowing.value = false
    await answer(['u', 'v', 'w', 'x'])
    expect(ids()).toEqual(['u', 'v', 'w', 'x'])
    await answer(['t', 'u', 'v', 'w', 'x'])
    expect(ids()).toEqual(['u', 'v', 'w', 'x'])
    scope.stop()
  })

  it('come into an empty list by themselves', async () => {
    const { ids, answer, scope } = of()
    await answer([])
    await answer(['x'])
    expect(ids()).toEqual(['x'])
    scope.stop()
  })
})
