import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/dist/**']
const node = (name: string, include: string[], timeout: number) => ({
  test: {
    name,
    include,
    exclude,
    environment: 'node' as const,
    testTimeout: timeout,
    hookTimeout: timeout,
    // Polling ends when the condition holds; a busy machine may take its time.
    expect: { poll: { timeout: timeout / 2 } },
  },
})
/** After all others, one file at a time. */
const alone = ({ test }: ReturnType<typeof node>) => ({
  test: { ...test, maxWorkers: 1, sequence: { groupOrder: 1 } },
})

/** Specs of whole hubs: a dozen processes each, one after the other. */
const wholeHubs = 'packages/hub/tests/**/*.spec.ts'

/** One project per stage, chosen with `npm test -- --project unit`. */
export default defineConfig({
  test: {
    reporters: ['default', './tooling/closing-line-reporter.ts'],
    projects: [
      node('unit', ['{packages,services,tooling}/**/*.spec.ts', '!**/*.{int,e2e}.spec.ts'], 20_000),
      node('int', ['{packages,services,tooling}/**/*.int.spec.ts', `!${wholeHubs}`], 120_000),
      node('e2e', ['{packages,services}/**/*.e2e.spec.ts', `!${wholeHubs}`], 300_000),
      alone(node('whole', [wholeHubs], 300_000)),
      './web/vitest.config.ts',
    ],
  },
})
