import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** The one skip that `REQUIRE_REAL=1` allows: no registry has that server. */
const allowedSkip = '[real EventStoreDB]'

const testsOf = (modules: readonly TestModule[]): TestCase[] =>
  modules.flatMap((module) => [...module.children.allTests()])

/** A file that does not load has no tests: it counts as one failure. */
const brokenModules = (modules: readonly TestModule[]): TestModule[] =>
  modules.filter(
    (module) =>
      module.state() === 'failed' && ![...module.children.allTests()].some((test) => test.result().state === 'failed'),
  )

const listSkipped = (skipped: readonly TestCase[]): void => {
  const byModule = Map.groupBy(skipped, (test) => test.module.relativeModuleId)
  for (const [module, tests] of byModule)
    console.log(`skipped: ${tests.length} in ${module} (${tests[0]?.fullName ?? ''} …)`)
}

/** Ends the output with `N passed, N failed, N skipped`. With `REQUIRE_REAL=1` a skip is a failure. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = testsOf(modules)
    const states = Map.groupBy(tests, (test) => test.result().state)
    const skipped = states.get('skipped') ?? []
    const failed = (states.get('failed')?.length ?? 0) + brokenModules(modules).length + unhandledErrors.length
    const passed = states.get('passed')?.length ?? 0
    const forbidden =
      process.env['REQUIRE_REAL'] === '1' ? skipped.filter((test) => !test.fullName.includes(allowedSkip)) : []
    // Printed last of all, after the summary of the default reporter.
    process.once('exit', () => {
      listSkipped(skipped)
      if (forbidden.length > 0)
        console.log(`${forbidden.length} tests were skipped although REQUIRE_REAL=1 asks for every real server`)
      console.log(`${passed} passed, ${failed + forbidden.length} failed, ${skipped.length - forbidden.length} skipped`)
    })
    if (failed + forbidden.length > 0 || passed === 0) process.exitCode = 1
  }
}
