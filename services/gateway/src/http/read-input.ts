import type { Contract } from '@rancher-hub/contracts'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { compileQueryCoercion } from './coerce-query.ts'
import { commonProblem, type ProblemResponse } from './problem.ts'

const MAX_ERRORS = 50

const invalid = (error: z.ZodError): ProblemResponse => {
  const byPath = new Map<string, string>()
  for (const { path, message } of error.issues) {
    const name = path.map(String).join('.')
    // The first thing that is wrong with a field is enough to correct it.
    if (!byPath.has(name) && byPath.size < MAX_ERRORS) byPath.set(name, message)
  }
  const errors = [...byPath].map(([path, message]) => ({ path, message }))
  const [first] = errors
  const detail = first === undefined ? undefined : `${first.path === '' ? 'The request' : first.path}: ${first.message}`
  return commonProblem('invalid-input', detail, errors)
}

const bodyOf = (request: FastifyRequest): object => {
  const { body } = request
  if (body === undefined || body === null) return {}
  if (typeof body === 'object' && !Array.isArray(body)) return body
  throw commonProblem('invalid-input', 'The request body must be a JSON object.', [
    { path: '', message: 'Not an object' },
  ])
}

/**
 * Compiles how one input object is put together from path, query and body, and checked.
 * @returns a function that throws ProblemResponse with the paths of the fields that are not valid
 */
export const compileInput = (contract: Contract): ((request: FastifyRequest) => unknown) => {
  const bodiless = contract.http?.method === 'GET' || contract.http?.method === 'DELETE'
  const coerceQuery = compileQueryCoercion(contract.input)
  return (request) => {
    const rest = bodiless ? coerceQuery(request.query as Record<string, unknown>) : bodyOf(request)
    const parsed = contract.input.safeParse({ ...rest, ...(request.params as object) })
    if (parsed.success) return parsed.data
    throw invalid(parsed.error)
  }
}
