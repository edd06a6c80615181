import type { PodState } from './pod-state.ts'
import { type PodTrouble, troubleInWords } from './pod-trouble.ts'

/** What the pods of a workload say of it. */
export interface PodsTold {
  readonly message: string
  readonly detail?: string | undefined
  /** How many do not work. */
  readonly broken: number
}

/** Troubles of pods, the most frequent first, in one sentence. */
export const tellPods = (pods: readonly PodState[], desired: number): PodsTold | undefined => {
  const alive = pods.filter((pod) => !pod.isOver)
  const groups = new Map<string, { trouble: PodTrouble; count: number }>()
  for (const { trouble } of alive) {
    if (trouble === undefined) continue
    const words = troubleInWords(trouble)
    groups.set(words, { trouble, count: (groups.get(words)?.count ?? 0) + 1 })
  }
  const rank = ({ trouble, count }: { trouble: PodTrouble; count: number }): number =>
    (trouble.severity === 'broken' ? 1_000_000 : 0) + count
  const ordered = [...groups].sort(([, a], [, b]) => rank(b) - rank(a))
  const [first] = ordered
  if (first === undefined) return undefined
  const total = Math.max(desired, alive.length)
  const broken = ordered.reduce((sum, [, { trouble, count }]) => sum + (trouble.severity === 'broken' ? count : 0), 0)
  const shown = ordered
    .slice(0, 3)
    .map(([words, { count }], index) => (index === 0 ? `${count} of ${total} pods: ${words}` : `${count}: ${words}`))
  return { message: shown.join('; '), detail: first[1].trouble.message || undefined, broken }
}
