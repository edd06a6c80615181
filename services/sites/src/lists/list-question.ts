import type { exportConfig, exportWorkloads, InputOf } from '@rancher-hub/contracts'
import { type LabelSelector, LabelSelectorError, labelsMatch, parseLabelSelector } from '@rancher-hub/kubernetes'
import { RefusedError } from '@rancher-hub/service-kit'
import type { ConfigListRow, ListRow, WorkloadListRow } from './list-row.ts'
import type { ConfigFacet, ConfigSort, PlainFacet, WorkloadFacet, WorkloadSort } from './list-tables.ts'
import type { Question } from './row-table.ts'
import type { RowTest } from './verdicts.ts'

type WorkloadInput = Omit<InputOf<typeof exportWorkloads>, 'format' | 'bom'>
type ConfigInput = Omit<InputOf<typeof exportConfig>, 'format' | 'bom'>
type Test<R> = (row: R) => boolean

const wordsOf = (text: string | undefined): string[] =>
  (text ?? '')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')

const hasKeyWith = (texts: Readonly<Record<string, string>>, word: string): boolean => {
  for (const key in texts) if (key.toLowerCase().includes(word)) return true
  return false
}
const hasValueWith = (texts: Readonly<Record<string, string>>, word: string): boolean => {
  for (const key in texts) if (texts[key]?.toLowerCase().includes(word)) return true
  return false
}

/** One test for each word. */
const textTest = (text: string | undefined): Test<ListRow>[] =>
  wordsOf(text).map(
    (word) =>
      ({ object: { name, images, keys } }) =>
        name.includes(word) || hasValueWith(images, word) || hasKeyWith(keys, word),
  )

const imageTest = (image: string | undefined): Test<WorkloadListRow>[] => {
  const words = wordsOf(image)
  const hasAll = (each: string): boolean => words.every((word) => each.includes(word))
  return words.length === 0
    ? []
    : [({ object }) => Object.values(object.images).some((each) => hasAll(each.toLowerCase()))]
}

const labelTest = (terms: readonly string[] | undefined): Test<ListRow>[] => {
  if (terms === undefined || terms.length === 0) return []
  const selectors: LabelSelector[] = terms.map(parseLabelSelector)
  return [({ object }) => selectors.every((selector) => labelsMatch(selector, object.labels))]
}

const namespaceTest = (namespaces: readonly string[] | undefined): Test<ListRow>[] => {
  if (namespaces === undefined || namespaces.length === 0) return []
  const wanted = new Set(namespaces)
  return [({ instance }) => wanted.has(instance.namespace)]
}

const setOf = (values: readonly string[] | undefined): ReadonlySet<string> | undefined =>
  values === undefined || values.length === 0 ? undefined : new Set(values)

const plainChoice = (input: WorkloadInput | ConfigInput): Partial<Record<PlainFacet, ReadonlySet<string>>> =>
  chosen({
    kind: setOf(input.kind),
    environment: setOf(input.environment),
    instance: setOf(input.instance),
    site: setOf(input.site),
    owner: setOf(input.owner),
    drift: setOf(input.drift),
  })

const chosen = <F extends string>(
  choices: Readonly<Record<F, ReadonlySet<string> | undefined>>,
): Partial<Record<F, ReadonlySet<string>>> =>
  Object.fromEntries(Object.entries(choices).filter(([, values]) => values !== undefined)) as Partial<
    Record<F, ReadonlySet<string>>
  >

const plainTests = ({ text, namespace, label }: WorkloadInput | ConfigInput): Test<ListRow>[] => [
  ...namespaceTest(namespace),
  ...textTest(text),
  ...labelTest(label),
]

/** All tests as one; what they are made of tells them apart. */
const together = <R>(tests: readonly Test<R>[], from: readonly unknown[]): RowTest<R> | undefined =>
  tests.length === 0 ? undefined : { key: JSON.stringify(from), meets: (row) => tests.every((test) => test(row)) }

/** What is asked of the workload list. @throws LabelSelectorError */
export const workloadQuestion = (input: WorkloadInput): Question<WorkloadListRow, WorkloadFacet, WorkloadSort> => ({
  sort: input.sort,
  direction: input.direction,
  chosen: { ...plainChoice(input), ...chosen({ status: setOf(input.status) }) },
  test: together(
    [...plainTests(input), ...imageTest(input.image)],
    [input.text, input.namespace, input.label, input.image],
  ),
})

const usedTest = (used: boolean | undefined): Test<ConfigListRow>[] =>
  used === undefined ? [] : [({ usedBy }) => usedBy !== undefined && usedBy > 0 === used]

/** What is asked of the config list. @throws LabelSelectorError */
export const configQuestion = (input: ConfigInput): Question<ConfigListRow, ConfigFacet, ConfigSort> => ({
  sort: input.sort,
  direction: input.direction,
  chosen: { ...plainChoice(input), ...chosen({ type: setOf(input.type) }) },
  test: together(
    [...plainTests(input), ...usedTest(input.used)],
    [input.text, input.namespace, input.label, input.used],
  ),
})

/** A filter that is not written as it should be is told as other invalid input is. @throws RefusedError */
export const checkedQuestion = <T>(read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    const message = `${error.message} (character ${error.position})`
    throw new RefusedError('invalid-input', `label: ${message}`, undefined, [{ path: 'label', message }])
  }
}
