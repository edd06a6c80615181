import type { SiteProblem } from '@rancher-hub/contracts'

/** What Kubernetes says with an error (meta/v1 Status), as far as the hub uses it. */
export interface KubernetesStatus {
  readonly reason?: string | undefined
  readonly message?: string | undefined
  readonly details?:
    | {
        readonly retryAfterSeconds?: number | undefined
        readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[]
      }
    | undefined
}

/** Who refused a call with 429: the flow and the priority level of the API server's priority and fairness. */
export interface FairnessRefusal {
  readonly flowSchema: string
  readonly priorityLevel: string
}

/** A call to a site did not end well. `problem` is for people; the rest is for deciding what to do next. */
export class SiteError extends Error {
  override name = 'SiteError'
  readonly problem: SiteProblem
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined
  readonly body: KubernetesStatus | undefined
  /** True unless it is certain that the request never reached the server. */
  readonly maybeSent: boolean
  readonly retryAfterMs: number | undefined
  /** With status 429, when the API server itself refused. */
  readonly fairness: FairnessRefusal | undefined
  constructor(
    problem: SiteProblem,
    facts: {
      readonly status?: number | undefined
      readonly body?: KubernetesStatus | undefined
      readonly maybeSent?: boolean | undefined
      readonly retryAfterMs?: number | undefined
      readonly fairness?: FairnessRefusal | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(problem.message, { cause: facts.cause })
    this.problem = problem
    this.status = facts.status
    this.body = facts.body
    this.maybeSent = facts.maybeSent ?? false
    this.retryAfterMs = facts.retryAfterMs
    this.fairness = facts.fairness
  }
}

/** Whether an error is an HTTP answer with this status. */
export const hasStatus = (
  error: unknown,
  ...status: readonly number[]
): error is SiteError & { readonly status: number } =>
  error instanceof SiteError && error.status !== undefined && status.includes(error.status)
