import { cpus } from 'node:os'
import type { CrashResult } from './crash-run.ts'

/** The result as a page of the documentation. */
export const crashReport = (
  shape: string,
  target: string,
  objects: number,
  result: CrashResult,
  date: string,
): string => {
  const states = new Map<string, number>()
  for (const { kills } of result.rounds)
    for (const { what, state } of kills) {
      const key = `${what} while ${state}`
      states.set(key, (states.get(key) ?? 0) + 1)
    }
  const rows = result.rounds.map(
    ({ kills, state, writes }, index) =>
      `| ${index + 1} | ${kills.map((kill) => `${kill.what} while ${kill.state} at ${kill.afterMs} ms`).join(', ') || 'none'} | ${state} | ${writes} |`,
  )
  return `# Crash report

\`pnpm crash\` kills the hub, or one of its processes in turn, with SIGKILL at random moments of syncs, starts it again, and checks after each sync that it ended by itself, that every object has exactly one successful write of the hub in the cluster's audit log, that the target holds what was synced, and that the history is complete.

| what | value |
| --- | --- |
| date | ${date} |
| machine | ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown'} |
| shape | ${shape} |
| cluster | ${target} |
| objects in each sync | ${objects} |
| syncs | ${result.rounds.length} |
| kills | ${result.kills} (${[...states].map(([state, count]) => `${count} × ${state}`).join(', ')}) |
| violations | ${result.violations.length} |

| sync | kills | ended as | writes |
| --- | --- | --- | --- |
${rows.join('\n')}
${result.violations.length === 0 ? '' : `\nViolations:\n\n${result.violations.map((each) => `- ${each}`).join('\n')}\n`}`
}
