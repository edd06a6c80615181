import { BusTimeoutError, BusUnavailableError, NoResponderError } from '@rancher-hub/bus'
import { type Contract, commonRefusals, type Refusal, type RefusalOf } from '@rancher-hub/contracts'
import { EventStoreUnavailableError } from '@rancher-hub/event-store'
import { ReadModelsUnavailableError } from '@rancher-hub/read-model'

/** A field that is not valid: dotted path and a sentence. */
export interface FieldError {
  readonly path: string
  readonly message: string
}

/** A contract's no, as it travels: code, sentence and facts. Thrown at effectful edges; decisions return rejections instead. */
export class RefusedError extends Error {
  override name = 'RefusedError'
  readonly code: string
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly errors: readonly FieldError[] | undefined
  constructor(
    code: string,
    message: string,
    details?: Readonly<Record<string, unknown>>,
    errors?: readonly FieldError[],
  ) {
    super(message)
    this.code = code
    this.details = details
    this.errors = errors
  }
}

/** The handler on the other side failed unexpectedly; its log has the reason under the correlation id. */
export class UnexpectedError extends Error {
  override name = 'UnexpectedError'
}

/** The declared refusal behind a code, the common ones included. */
export const refusalOf = (contract: Pick<Contract, 'refusals'>, code: string): Refusal | undefined =>
  contract.refusals[code] ?? (code in commonRefusals ? commonRefusals[code as keyof typeof commonRefusals] : undefined)

/**
 * Makes the error that refuses a call. `message` may say it more exactly than the declaration does.
 * @throws Error when the code is not declared, which is a defect.
 */
export const refuse = <C extends Contract>(
  contract: C,
  code: RefusalOf<C>,
  details?: Readonly<Record<string, unknown>>,
  message?: string,
): RefusedError => {
  const refusal = refusalOf(contract, code)
  if (refusal === undefined) throw new Error(`${contract.name} does not declare the refusal ${code}`)
  return new RefusedError(code, message ?? refusal.message, details)
}

/** Operational trouble that a caller may retry: infrastructure is away or slow. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof EventStoreUnavailableError ||
  error instanceof ReadModelsUnavailableError ||
  error instanceof BusUnavailableError ||
  error instanceof BusTimeoutError ||
  error instanceof NoResponderError
