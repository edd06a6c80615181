import { type Contract, commonRefusals, Problem, type Refusal, type Stream } from '@rancher-hub/contracts'
import { z } from 'zod'
import { SESSION_COOKIE } from '../session/session-cookie.ts'
import { fieldsOf, toJsonSchema } from './json-schema.ts'

type Served = Contract & { readonly http: NonNullable<Contract['http']> }

const isServed = (contract: Contract): contract is Served => contract.http !== undefined
const withoutGrant = (result: z.ZodType): z.ZodType =>
  result instanceof z.ZodObject ? result.omit({ sessionToken: true, sessionExpiresAt: true }) : result

const startsSession = (contract: Contract): boolean => contract.kind === 'command' && contract.session === 'start'

const withoutGrantFields = (value: unknown): unknown => {
  const { sessionToken: _token, sessionExpiresAt: _end, ...rest } = value as Record<string, unknown>
  return rest
}

/** Names of the path parameters of a route. */
const pathParameters = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)

const parametersOf = (contract: Served) => {
  const inPath = pathParameters(contract.http.path)
  const bodiless = contract.http.method === 'GET' || contract.http.method === 'DELETE'
  return fieldsOf(contract.input, 'input').flatMap(({ name, schema, required }) => {
    if (inPath.includes(name)) return [{ name, in: 'path', required: true, schema }]
    return bodiless ? [{ name, in: 'query', required, schema, explode: true }] : []
  })
}

const requestBodyOf = (contract: Served) => {
  if (contract.http.method === 'GET' || contract.http.method === 'DELETE') return {}
  const inPath = pathParameters(contract.http.path)
  const body = contract.input.omit(Object.fromEntries(inPath.map((name) => [name, true as const])))
  const examples = Object.fromEntries(
    (contract.examples ?? []).map(({ summary, input }, index) => [
      `example${index + 1}`,
      { summary, value: Object.fromEntries(Object.entries(input).filter(([name]) => !inPath.includes(name))) },
    ]),
  )
  const required = fieldsOf(body, 'input').some((field) => field.required)
  return {
    requestBody: { required, content: { 'application/json': { schema: toJsonSchema(body, 'input'), examples } } },
  }
}

/** Media types of a file contract, by its examples. */
const fileTypes = ({ file, input, examples = [] }: Stream): string[] => [
  ...new Set(examples.flatMap((example) => file?.(input.parse(example.input)).mediaType ?? [])),
]

const successOf = (contract: Served) => {
  const result = startsSession(contract) ? withoutGrant(contract.result) : contract.result
  const examples = Object.fromEntries(
    (contract.examples ?? []).map(({ summary, result: value }, index) => [
      `example${index + 1}`,
      { summary, value: startsSession(contract) ? withoutGrantFields(value) : value },
    ]),
  )
  const isFile = contract.kind === 'stream' && contract.file !== undefined
  const content = isFile
    ? Object.fromEntries(fileTypes(contract).map((mediaType) => [mediaType, { schema: { type: 'string' } }]))
    : contract.kind === 'stream'
      ? {
          'application/x-ndjson': {
            schema: { ...toJsonSchema(result, 'output'), description: 'One line; there are many' },
          },
        }
      : { 'application/json': { schema: toJsonSchema(result, 'output'), examples } }
  const headers = startsSession(contract)
    ? { headers: { 'Set-Cookie': { schema: { type: 'string' }, description: 'The session' } } }
    : {}
  return {
    description: isFile
      ? 'A file to download'
      : contract.kind === 'stream'
        ? 'Newline-delimited JSON; a failure midway is a last line with the key `$problem`'
        : 'Done',
    ...headers,
    content,
  }
}

const possibleCommon = (contract: Served): (keyof typeof commonRefusals)[] => [
  'invalid-input',
  'rate-limited',
  'unavailable',
  ...(contract.access === 'public' ? [] : (['not-signed-in'] as const)),
  ...(contract.access === 'public' || contract.access === 'session' ? [] : (['forbidden'] as const)),
  ...(pathParameters(contract.http.path).length === 0 ? [] : (['not-found'] as const)),
  ...(contract.http.method === 'GET' || contract.http.method === 'DELETE' ? [] : (['payload-too-large'] as const)),
]

const problemsOf = (contract: Served) => {
  const common = possibleCommon(contract).map((code) => [code, commonRefusals[code]] as const)
  const all: (readonly [string, Refusal])[] = [...common, ...Object.entries(contract.refusals)]
  const byStatus = Map.groupBy(all, ([, refusal]) => refusal.status)
  return Object.fromEntries(
    [...byStatus].map(([status, refusals]) => {
      const examples = Object.fromEntries(
        refusals.map(([code, { message }]) => {
          const value = {
            type: `urn:rancher-hub:problem:${code}`,
            title: code,
            status,
            code,
            detail: message,
            instance: '00000000-0000-4000-8000-000000000000',
          }
          return [code, { summary: message, value }]
        }),
      )
      const description = refusals.map(([code, { message }]) => `\`${code}\`: ${message}`).join('\n\n')
      return [
        String(status),
        {
          description,
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples } },
        },
      ]
    }),
  )
}

const accessText = ({ access }: Contract): string =>
  access === 'public'
    ? 'Open to everybody.'
    : access === 'session'
      ? 'For everybody who is signed in.'
      : `Needs the permission \`${access}\`.`

const operationOf = (contract: Served) => ({
  operationId: contract.name,
  summary: contract.summary,
  description: [contract.description, accessText(contract)].filter((text) => text !== undefined).join('\n\n'),
  tags: [contract.service],
  security: contract.access === 'public' ? [] : [{ session: [] }],
  parameters: parametersOf(contract),
  ...requestBodyOf(contract),
  responses: { '200': successOf(contract), ...problemsOf(contract) },
})

/** The OpenAPI 3.1 document of everything that is served over HTTP. */
export const toOpenApi = (
  contracts: readonly Contract[],
  options: { readonly version: string },
): Record<string, unknown> => {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const contract of contracts.filter(isServed)) {
    const path = `/api/v1${contract.http.path.replaceAll(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [contract.http.method.toLowerCase()]: operationOf(contract) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Rancher Hub',
      version: options.version,
      description:
        'See what differs between environments, move the right changes, know who changed what.\n\nErrors are problem documents (RFC 9457): compare them by `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(contracts.map(({ service }) => service))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: toJsonSchema(Problem, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Set by signing in' },
      },
    },
  }
}
