/** A line of a text diff. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly text: string
}

const MAX_LINES = 4_000

/**
 * Line diff by longest common subsequence, after common beginning and end are cut off (Hunt–McIlroy, the table form).
 * Over 4,000 differing lines everything between is shown as replaced.
 */
export const diffLines = (from: string, to: string): DiffLine[] => {
  const [a, b] = [from.split('\n'), to.split('\n')]
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const same = (text: string): DiffLine => ({ kind: 'same', text })
  return [...a.slice(0, start).map(same), ...middle(left, right), ...a.slice(a.length - end).map(same)]
}

const middle = (left: readonly string[], right: readonly string[]): DiffLine[] => {
  const removed = (text: string): DiffLine => ({ kind: 'removed', text })
  const added = (text: string): DiffLine => ({ kind: 'added', text })
  if (left.length * right.length > MAX_LINES * MAX_LINES || left.length + right.length > MAX_LINES)
    return [...left.map(removed), ...right.map(added)]
  const width = right.length + 1
  const table = new Uint32Array((left.length + 1) * width)
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const [down, across] = [table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0]
      table[i * width + j] = left[i] === right[j] ? (table[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(down, across)
    }
  }
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const [l, r] = [left[i], right[j]]
    if (l !== undefined && l === r) {
      lines.push({ kind: 'same', text: l })
      i += 1
      j += 1
    } else if (
      l !== undefined &&
      (r === undefined || (table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0))
    ) {
      lines.push(removed(l))
      i += 1
    } else if (r !== undefined) {
      lines.push(added(r))
      j += 1
    }
  }
  return lines
}
