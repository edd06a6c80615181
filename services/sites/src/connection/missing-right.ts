/** A right that the user of a token lacks. */
export interface MissingRight {
  readonly verb: string
  readonly resource: string
  /** Absent: in the whole cluster. */
  readonly namespace?: string | undefined
}

/** The words of Kubernetes' authorizers about a request for resources (apiserver `responsewriters.Forbidden`). */
const form =
  /cannot ([a-z]{1,30}) resource "([a-z0-9./-]{1,250})" in API group "[a-z0-9.-]{0,250}" (?:in the namespace "([a-z0-9-]{1,63})"|at the cluster scope)/

/** The right that a refusal names; undefined when something else than authorization refused (a webhook, a quota). */
export const missingRight = (words: string): MissingRight | undefined => {
  const [, verb, resource, namespace] = form.exec(words) ?? []
  return verb === undefined || resource === undefined ? undefined : { verb, resource, namespace }
}

/** Where people get rights for the token; the page of the application is called like this. */
export const RIGHTS_PAGE = 'Settings → Sites → «Rights of a token»'

/** What is missing and what to do, made of names alone: it may be shown for Secrets too. */
export const missingRightSentence = (host: string, { verb, resource, namespace }: MissingRight): string => {
  const where = namespace === undefined ? 'in the whole cluster' : `in the namespace ${namespace}`
  return `${host} does not allow this to the user of the token: it may not ${verb} ${resource} ${where}. ${RIGHTS_PAGE} makes the manifest that allows it.`
}
