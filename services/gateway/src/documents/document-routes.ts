import type { Contract, PublicEvent } from '@rancher-hub/contracts'
import fastify, { type FastifyInstance } from 'fastify'
import { toAsyncApi } from './asyncapi.ts'
import { toOpenApi } from './openapi.ts'

const configuration = JSON.stringify({
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
}).replaceAll('"', '&quot;')

/** The script element is data for the reader: with a type that is not JavaScript nothing inline is executed. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Rancher Hub: HTTP interface</title>
  </head>
  <body>
    <script id="api-reference" type="application/json" data-url="/openapi.json" data-configuration="${configuration}"></script>
    <script src="/docs/reference.js"></script>
  </body>
</html>
`

/** The reader's script out of its package. Loaded when somebody first opens the page: it is several megabytes. */
const loadReader = async (): Promise<string> => {
  const { default: reference } = await import('@scalar/fastify-api-reference')
  await using app = fastify()
  await app.register(reference, { routePrefix: '/', configuration: { url: '/openapi.json' } })
  const response = await app.inject('/js/scalar.js')
  if (response.statusCode !== 200)
    throw new Error(`The script of the API reference is not there: ${response.statusCode}`)
  return response.body
}

/** `/openapi.json`, `/asyncapi.json` and the page that reads the former. */
export const serveDocuments = (
  app: FastifyInstance,
  options: {
    readonly contracts: readonly Contract[]
    readonly events: readonly PublicEvent[]
    readonly version: string
  },
): void => {
  const once = <T>(make: () => T): (() => T) => {
    let made: { readonly value: T } | undefined
    return () => {
      made ??= { value: make() }
      return made.value
    }
  }
  const openApi = once(() => JSON.stringify(toOpenApi(options.contracts, options)))
  const asyncApi = once(() => JSON.stringify(toAsyncApi(options.events, options)))
  const reader = once(loadReader)
  app.get('/openapi.json', async (_request, reply) => reply.type('application/json; charset=utf-8').compress(openApi()))
  app.get('/asyncapi.json', async (_request, reply) =>
    reply.type('application/json; charset=utf-8').compress(asyncApi()),
  )
  app.get('/docs', async (_request, reply) => reply.type('text/html; charset=utf-8').send(page))
  app.get('/docs/reference.js', async (_request, reply) =>
    reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'public, max-age=3600')
      .compress(await reader()),
  )
}
