import { Problem } from '@rancher-hub/contracts'

/** A field that is not valid: dotted path and a sentence. */
export interface FieldProblem {
  readonly path: string
  readonly message: string
}

interface ProblemFacts {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly title?: string | undefined
  readonly instance?: string | undefined
  readonly errors?: readonly FieldProblem[] | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly cause?: unknown
}

/** Every way in which a call fails, as RFC 9457 says it. Compare by `code`. Without an answer: status 0, code `unreachable`. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: string
  /** What happened, why, and what to do: a sentence for people. */
  readonly detail: string
  readonly title: string | undefined
  /** Correlation id, to quote when asking for help. */
  readonly instance: string | undefined
  readonly errors: readonly FieldProblem[]
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined
  constructor(facts: ProblemFacts) {
    super(facts.detail, { cause: facts.cause })
    this.status = facts.status
    this.code = facts.code
    this.detail = facts.detail
    this.title = facts.title
    this.instance = facts.instance
    this.errors = facts.errors ?? []
    this.details = facts.details ?? {}
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}

/** The call got no answer: network down, server away, connection cut. */
export const unreachable = (cause: unknown): ProblemError =>
  new ProblemError({
    status: 0,
    code: 'unreachable',
    title: 'Unreachable',
    detail: 'The hub cannot be reached. Check the network connection, then try again.',
    cause,
  })

const retryAfterOf = (response: Response): number | undefined => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) ? seconds : undefined
}

/** Turns an answer that is not 2xx into its error. What does not come from the hub itself (a proxy's page) gets the code `http-<status>`. */
export const problemOf = async (response: Response): Promise<ProblemError> => {
  const text = await response.text()
  const parsed = Problem.safeParse(parseJson(text))
  if (parsed.success)
    return new ProblemError({
      ...parsed.data,
      retryAfterSeconds: parsed.data.retryAfterSeconds ?? retryAfterOf(response),
    })
  return new ProblemError({
    status: response.status,
    code: `http-${response.status}`,
    title: response.statusText,
    detail: `Something between here and the hub answered ${response.status} ${response.statusText}.`.trim(),
    retryAfterSeconds: retryAfterOf(response),
  })
}

/** JSON, or undefined when it is none. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
