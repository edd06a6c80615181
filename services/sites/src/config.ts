import { defineConfig } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** Settings of the sites service: `HUB_SITES_*`. */
export const sitesConfig = defineConfig(
  'SITES',
  z.object({
    callsPerSite: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('Calls to one site at the same time at most, watches apart; fewer while the server refuses with 429'),
    writesPerSite: z.coerce.number().int().min(1).max(50).default(4).describe('Writes to one site at the same time'),
    idleMinutes: z.coerce
      .number()
      .min(0.01)
      .max(1440)
      .default(15)
      .describe('The live inventory of an app instance stops after this many minutes without a question'),
  }),
)

/** Settings of the service and what the composition root decides for it. */
export interface SitesConfig extends z.output<typeof sitesConfig.schema> {
  /** 32 bytes; wraps the data key of every organization. Lost means: every credential has to be entered again. */
  readonly masterKey: Uint8Array
  /** Whether sites on loopback addresses may be called. */
  readonly allowLoopbackSites: boolean
}
