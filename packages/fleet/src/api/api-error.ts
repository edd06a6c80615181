import { qualifiedName, type Resource } from './resources.ts'

interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

/** A refusal in the form of the Kubernetes API: a `Status` body. */
export class ApiError extends Error {
  readonly code: number
  readonly reason: string
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, unknown>>
  constructor(
    code: number,
    reason: string,
    message: string,
    details?: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, string>> = {},
    metadata: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
    this.headers = headers
    this.metadata = metadata
  }
  body(): Readonly<Record<string, unknown>> {
    const { code, reason, message, details, metadata } = this
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata,
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    }
  }
}

const detailsOf = (resource: Resource, name: string, causes?: readonly Cause[]) => ({
  name,
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
  ...(causes === undefined ? {} : { causes }),
})

export const notFound = (resource: Resource, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualifiedName(resource)} "${name}" not found`, detailsOf(resource, name))
export const alreadyExists = (resource: Resource, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualifiedName(resource)} "${name}" already exists`, detailsOf(resource, name))
export const conflict = (resource: Resource, name: string): ApiError =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    detailsOf(resource, name),
  )
export const invalid = (resource: Resource, name: string, field: string, problem: string): ApiError => {
  const kind = resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`
  const causes = [{ reason: 'FieldValueInvalid', message: problem, field }]
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${field}: ${problem}`, {
    ...detailsOf(resource, name, causes),
    kind: resource.kind,
  })
}
export const forbidden = (
  resource: Resource,
  name: string,
  user: string,
  verb: string,
  namespace: string | undefined,
): ApiError => {
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
  const named = name === '' ? '' : ` "${name}"`
  const message = `${qualifiedName(resource)}${named} is forbidden: User "${user}" cannot ${verb} resource "${resource.plural}" in API group "${resource.group}" ${where}`
  return new ApiError(403, 'Forbidden', message, detailsOf(resource, name))
}
export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message)
export const expired = (message: string): ApiError => new ApiError(410, 'Expired', message)
export const noSuchPath = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
