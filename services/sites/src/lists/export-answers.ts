import { exportConfig, exportWorkloads } from '@rancher-hub/contracts'
import { type Handler, handleStream } from '@rancher-hub/service-kit'
import { configFields, workloadFields } from './export-fields.ts'
import { fileText } from './export-file.ts'
import { checkedQuestion, configQuestion, workloadQuestion } from './list-question.ts'
import type { Lists } from './lists.ts'

/** Files with all rows of a list. Rows are never changed, so what was found stays as it was while it is sent. */
export const exportAnswers = (lists: Lists): Handler[] => [
  handleStream(exportWorkloads, async function* (input, { organization, signal }) {
    const question = checkedQuestion(() => workloadQuestion(input))
    const { index } = await lists.of(organization, signal)
    yield* fileText(index.workloads.find(question).rows, workloadFields, input)
  }),
  handleStream(exportConfig, async function* (input, { organization, signal }) {
    const question = checkedQuestion(() => configQuestion(input))
    const { index } = await lists.of(organization, signal)
    yield* fileText(index.configs.find(question).rows, configFields, input)
  }),
]
