import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/dist/**']
const node = (name: string, include: string[], timeout: number) => ({
  test: { name, include, exclude, environment: 'node' as const, testTimeout: timeout, hookTimeout: timeout },
})

/** One project per stage, chosen with `npm test -- --project unit`. */
export default defineConfig({
  test: {
    reporters: ['default', './tooling/closing-line-reporter.ts'],
    projects: [
      node('unit', ['{packages,services,tooling}/**/*.spec.ts', '!**/*.{int,e2e}.spec.ts'], 20_000),
      node('int', ['{packages,services,tooling}/**/*.int.spec.ts'], 120_000),
      node('e2e', ['{packages,services}/**/*.e2e.spec.ts'], 300_000),
      './web/vitest.config.ts',
    ],
  },
})
