import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A program that runs until it is disposed of. */
export interface StartedProgram extends AsyncDisposable {
  readonly pid: number
  /** What it said first of what was waited for. */
  readonly found: string
}

/** Starts a program of this repository and waits for a line that `find` finds something in. @throws Error when it ends before */
export const startFirstLine = async (
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  find: (line: string) => string | undefined,
): Promise<StartedProgram> => {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await gone
  }
  for await (const line of createInterface({ input: child.stdout })) {
    const found = find(line)
    if (found === undefined) continue
    child.stdout.resume()
    return { pid: child.pid ?? 0, found, [Symbol.asyncDispose]: stop }
  }
  throw new Error(`${file} ended before it said what was waited for`)
}
