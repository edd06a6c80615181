import { describe, expect, it } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useSteadyRows } from './use-steady-rows.ts'

const of = () => {
  const rows = ref<readonly string[]>()
  const question = ref('a')
  const mayMove = ref(false)
  const scope = effectScope()
  const steady = scope.run(() =>
    useSteadyRows<string>({
      rows: () => rows.value,
      question: () => question.value,
      mayMove: () => mayMove.value,
      idOf: (row) => row,
    }),
  )
  if (steady === undefined) throw new Error('The scope has ended')
  const ids = (): string[] | undefined => steady.rows.value?.map(({ id }) => id)
  const answer = async (next: readonly string[] | undefined): Promise<void> => {
    rows.value = next
    await nextTick()
  }
  return { steady, ids, answer, question, mayMove, scope }
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

  it('come by themselves while the list is still being read', async () => {
    const { ids, answer, mayMove, scope } = of()
    await answer([])
    mayMove.value = true
    await answer(['x'])
    expect(ids()).toEqual(['x'])
    scope.stop()
  })
})
