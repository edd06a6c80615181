import type { Kind, SiteProblem } from '@rancher-hub/contracts'
import { missingRight } from '../connection/missing-right.ts'
import type { SiteError } from '../egress/site-error.ts'

/** Trouble that passes: the same call may succeed later. */
const passing: ReadonlySet<SiteProblem['code']> = new Set([
  'unreachable',
  'timed-out',
  'throttled',
  'cluster-unavailable',
  'name-not-found',
])

/** Server errors after which it is certain that nothing was stored: the API server refused before. */
const refusedBefore = /failed calling webhook|does not support dry run|denied the request/

/** Whether a write that ended with this error may have happened, or may succeed when tried again. */
export const isOutcomeOpen = ({ status, problem, maybeSent, body }: SiteError): boolean => {
  if (status === undefined) return maybeSent || passing.has(problem.code)
  if (status === 429) return true
  return status >= 500 && !refusedBefore.test(body?.message ?? '')
}

/**
 * The problem as it may be shown and stored. What an API server says about a Secret may quote its values, so only
 * status, reason and field names are told.
 */
export const shownProblem = (kind: Kind, error: SiteError): SiteProblem => {
  if (kind !== 'Secret' || error.status === undefined) return error.problem
  // Such a sentence is made of names, never of the server's words.
  if (error.status === 403 && missingRight(error.body?.message ?? '') !== undefined)
    return { code: error.problem.code, message: error.problem.message }
  const fields = (error.body?.details?.causes ?? []).flatMap(({ field }) =>
    field === undefined ? [] : [field.replaceAll(/[^\w.[\]-]/g, '').slice(0, 200)],
  )
  const reason = /^[A-Za-z]{1,40}$/.test(error.body?.reason ?? '') ? `, ${error.body?.reason ?? ''}` : ''
  const where = fields.length === 0 ? '' : ` at ${fields.slice(0, 10).join(', ')}`
  return {
    code: error.problem.code,
    message: `The API server refused the Secret${where} (status ${error.status}${reason}). Its words are not shown, since they may quote values: try the change with kubectl to see them.`,
  }
}
