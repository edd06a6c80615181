import { Problem, streamProblemKey } from '@rancher-hub/contracts'
import { ProblemError, parseJson, unreachable } from './problem-error.ts'

const problemIn = (value: unknown): ProblemError | undefined => {
  if (typeof value !== 'object' || value === null || !(streamProblemKey in value)) return undefined
  const problem = Problem.safeParse(value[streamProblemKey])
  return problem.success ? new ProblemError(problem.data) : unreachable(value)
}

const parseLine = (line: string): unknown => {
  const value = parseJson(line)
  if (value === undefined) throw unreachable(new SyntaxError('A line of the answer is not JSON: it was cut'))
  const problem = problemIn(value)
  if (problem !== undefined) throw problem
  return value
}

/**
 * Reads newline-delimited JSON, line by line, as it arrives. Leaving the loop cancels the download.
 * @throws ProblemError when the hub ended the stream with a problem line, or the connection was cut
 */
export async function* readNdjson(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw error instanceof DOMException && error.name === 'AbortError' ? error : unreachable(error)
      })
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield parseLine(line)
      if (done) break
    }
    if (rest !== '') yield parseLine(rest)
  } finally {
    // After a failed read the stream is errored already, and cancelling it has nothing left to do.
    await reader.cancel().catch(() => undefined)
  }
}
