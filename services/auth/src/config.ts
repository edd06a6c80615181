import { defineConfig } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** Settings of the auth service: `HUB_AUTH_*`. */
export const authConfig = defineConfig(
  'AUTH',
  z.object({
    sessionIdleMinutes: z.coerce
      .number()
      .int()
      .min(5)
      .default(720)
      .describe('A session ends after this many minutes without a request'),
    sessionLifetimeHours: z.coerce
      .number()
      .int()
      .min(1)
      .default(168)
      .describe('A session ends after this many hours in any case'),
    linkHours: z.coerce.number().int().min(1).default(72).describe('One-time links work for this many hours'),
    passwordMemoryKib: z.coerce
      .number()
      .int()
      .min(19_456)
      .default(19_456)
      .describe('Memory of one Argon2id computation, KiB (OWASP: at least 19456 with 2 passes)'),
  }),
)
export type AuthConfig = z.output<typeof authConfig.schema>
