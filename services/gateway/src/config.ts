import { defineConfig } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** Settings of the gateway: `HUB_GATEWAY_*`. */
export const gatewayConfig = defineConfig(
  'GATEWAY',
  z.object({
    requestsPerMinute: z.coerce
      .number()
      .int()
      .min(1)
      .default(30_000)
      .describe('Requests that one client address may make in a minute, where a route says nothing stricter'),
    maxEventLoopDelayMs: z.coerce
      .number()
      .int()
      .min(100)
      .default(3_000)
      .describe('Above this delay of the event loop, milliseconds, requests are answered 503 until it is over'),
  }),
)
export type GatewayConfig = z.output<typeof gatewayConfig.schema>
