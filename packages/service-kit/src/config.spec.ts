import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, defineSharedConfig, describeConfig, loadConfig, secret } from './config.ts'

const short = z.string().max(3)
const config = defineSharedConfig(
  z.object({
    level: z.enum(['low', 'high']).default('low').describe('Not secret'),
    before: secret(short).describe('Marked, then described'),
    inside: secret(short).optional().describe('Marked, then made optional'),
    again: secret(short).optional().nonoptional().describe('Marked, then made optional and not'),
    outside: secret(short.default('abc').describe('Described, then marked')),
  }),
)

describe('settings', () => {
  it('that are secret are not shown when they are wrong, wherever they were marked', () => {
    const env = Object.fromEntries(
      ['HUB_LEVEL', 'HUB_BEFORE', 'HUB_INSIDE', 'HUB_AGAIN', 'HUB_OUTSIDE'].map((name) => [name, `hunter2 of ${name}`]),
    )
    const load = () => loadConfig({ config }, env)
    expect(load).toThrow(ConfigError)
    expect(load).toThrow(/HUB_LEVEL is «hunter2 of HUB_LEVEL»/u)
    expect(load).toThrow(/HUB_BEFORE is set to \*\*\*: .*\n.*HUB_INSIDE .*\n.*HUB_AGAIN .*\n.*HUB_OUTSIDE/u)
    expect(load).not.toThrow(/hunter2 of HUB_[BIAO]/u)
  })

  it('that are secret are described as such', () => {
    expect(describeConfig(config).map((setting) => setting.secret)).toEqual([false, true, true, true, true])
  })
})
