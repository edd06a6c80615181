import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compareWithBare, startChild } from './read-load.ts'

/** Authenticated list of environments through gateway, sites and SQLite in one process, against a bare Fastify route. */
export const run = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-read-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(async () => await rm(folder, { recursive: true, force: true }))
  const { child, server } = await startChild('hub', folder)
  stack.defer(() => void child.kill())
  return await compareWithBare('gateway-read', server)
}
