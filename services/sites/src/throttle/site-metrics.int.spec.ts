import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectSite, listClusters } from '@rancher-hub/contracts'
import { startTelemetry } from '@rancher-hub/service-kit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startScriptedRancher, TOKEN } from '../rancher.fixtures.ts'
import { startSites } from '../sites.fixtures.ts'

interface Point {
  readonly asInt?: number | string
  readonly asDouble?: number
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
}
interface Metric {
  readonly name: string
  readonly gauge?: { readonly dataPoints: readonly Point[] }
  readonly sum?: { readonly dataPoints: readonly Point[] }
}
interface Export {
  readonly resourceMetrics?: readonly { readonly scopeMetrics: readonly { readonly metrics: readonly Metric[] }[] }[]
}

/** Takes what OpenTelemetry exports as JSON, and keeps the last of each metric. */
const startCollector = async () => {
  const latest = new Map<string, Record<string, unknown>[]>()
  const take = (body: string): void => {
    const { resourceMetrics = [] } = JSON.parse(body) as Export
    for (const { name, gauge, sum } of resourceMetrics
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics))
      latest.set(
        name,
        (gauge ?? sum)?.dataPoints.map(({ asInt, asDouble, attributes }) => ({
          ...Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue])),
          value: Number(asInt ?? asDouble),
        })) ?? [],
      )
  }
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    if (request.url === '/v1/metrics') take(Buffer.concat(chunks).toString('utf8'))
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    latest,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

describe('metrics of sites', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('go to the OpenTelemetry endpoint, by site and outcome', async () => {
    await using collector = await startCollector()
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.url)
    vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json')
    vi.stubEnv('OTEL_METRIC_EXPORT_INTERVAL', '100')
    vi.stubEnv('OTEL_METRIC_EXPORT_TIMEOUT', '100')
    await using _telemetry = await startTelemetry({ serviceName: 'rancher-hub', endpoint: collector.url })
    await using rancher = await startScriptedRancher()
    await using sites = await startSites()
    const connection = { kind: 'rancher', url: rancher.url, token: TOKEN } as const
    const { id: site } = await sites.call(connectSite, { name: 'metrics', connection })
    await sites.call(listClusters, { siteId: site })
    const metric = (name: string) => collector.latest.get(`rancher_hub.site.${name}`)
    await vi.waitUntil(() => metric('calls')?.length === 1 && metric('breaker')?.length === 1, { timeout: 20_000 })
    expect(metric('calls')).toEqual([{ site, outcome: 'answered', value: 1 }])
    expect(metric('limit')).toEqual([{ site, value: 10 }])
    expect(metric('in_flight')).toEqual([{ site, value: 0 }])
    expect(metric('waiting')).toEqual([{ site, value: 0 }])
    expect(metric('breaker')).toEqual([{ site, value: 0 }])
  })
})
