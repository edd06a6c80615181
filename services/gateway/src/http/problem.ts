import { type Contract, commonRefusals, type Problem, type Refusal } from '@rancher-hub/contracts'
import { type FieldError, type RefusedError, refusalOf } from '@rancher-hub/service-kit'

/** What a problem says; the rest of the document follows from it. */
export interface ProblemFacts {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly errors?: readonly FieldError[] | undefined
  readonly details?: Record<string, unknown> | undefined
  readonly retryAfterSeconds?: number | undefined
}

/** A request that ends with a problem document. */
export class ProblemResponse extends Error {
  override name = 'ProblemResponse'
  readonly facts: ProblemFacts
  constructor(facts: ProblemFacts) {
    super(facts.detail)
    this.facts = facts
  }
}

/** One of the refusals that every contract has. */
export const commonProblem = (
  code: keyof typeof commonRefusals,
  detail?: string,
  errors?: readonly FieldError[],
): ProblemResponse => {
  const { status, message } = commonRefusals[code]
  return new ProblemResponse({ status, code, detail: detail ?? message, errors })
}

const titleOf = (code: string): string => code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ')

/** The RFC 9457 document; `instance` is the correlation id of the request. */
export const toProblem = (facts: ProblemFacts, instance: string): Problem => ({
  type: `urn:rancher-hub:problem:${facts.code}`,
  title: titleOf(facts.code),
  status: facts.status,
  code: facts.code,
  detail: facts.detail,
  instance,
  ...(facts.errors === undefined || facts.errors.length === 0 ? {} : { errors: [...facts.errors] }),
  ...(facts.details === undefined ? {} : { details: facts.details }),
  ...(facts.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: facts.retryAfterSeconds }),
})

const declaredDetails = (refusal: Refusal, details: RefusedError['details']): Record<string, unknown> | undefined => {
  const parsed = refusal.details?.safeParse(details)
  return parsed?.success === true && typeof parsed.data === 'object' && parsed.data !== null
    ? { ...parsed.data }
    : undefined
}

const retryAfterOf = (details: RefusedError['details']): number | undefined => {
  const seconds = details?.['retryAfterSeconds']
  return typeof seconds === 'number' && seconds > 0 ? Math.ceil(seconds) : undefined
}

/** What a service's refusal looks like over HTTP; undefined when the contract does not declare it, which is a defect. Undeclared details never leave. */
export const refusedProblem = (contract: Contract, error: RefusedError): ProblemFacts | undefined => {
  const refusal = refusalOf(contract, error.code)
  if (refusal === undefined) return undefined
  return {
    status: refusal.status,
    code: error.code,
    detail: error.message,
    errors: error.errors,
    details: declaredDetails(refusal, error.details),
    retryAfterSeconds: retryAfterOf(error.details),
  }
}

/** Our own fault: no detail leaves, the log has the reason under the correlation id. */
export const unexpectedProblem: ProblemFacts = {
  status: 500,
  code: 'unexpected',
  detail: 'Something went wrong inside the hub. Try again; if it stays, give an administrator the id of this answer.',
}
