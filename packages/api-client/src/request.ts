import type { Contract } from '@rancher-hub/contracts'

/** What a call looks like over HTTP: method, path with query (relative to the hub's address), body. */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
}

const bodiless = new Set(['GET', 'DELETE'])

const appendQuery = (query: URLSearchParams, name: string, value: unknown): void => {
  if (value === undefined || value === null) return
  for (const item of Array.isArray(value) ? value : [value]) query.append(name, String(item))
}

/**
 * Spreads one input object over path, query and body: path parameters by name; the rest in the query for GET and
 * DELETE (arrays as repeated keys), else as JSON body.
 * @throws TypeError for an internal contract or a missing path parameter, which are defects of the caller
 */
export const toHttpRequest = (contract: Contract, input: Readonly<Record<string, unknown>>): HttpRequest => {
  if (contract.http === undefined) throw new TypeError(`${contract.name} is not served over HTTP`)
  const { method, path } = contract.http
  const rest = { ...input }
  const filled = path.replaceAll(/:(\w+)/g, (_match, name: string) => {
    const value = rest[name]
    delete rest[name]
    if (value === undefined || value === null || value === '') throw new TypeError(`${contract.name} needs ${name}`)
    return encodeURIComponent(String(value))
  })
  if (!bodiless.has(method)) return { method, path: `/api/v1${filled}`, body: JSON.stringify(rest) }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(rest)) appendQuery(query, name, value)
  const search = query.toString()
  return { method, path: `/api/v1${filled}${search === '' ? '' : `?${search}`}`, body: undefined }
}
