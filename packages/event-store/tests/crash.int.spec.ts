import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { collect } from '../src/contract/suite.ts'
import { openSqliteEventStore } from '../src/sqlite.ts'

interface Batch {
  readonly batch: string
  readonly size: number
}
interface Acknowledged extends Batch {
  readonly revision: number
  readonly position: number
}

const ROUNDS = 8
const writer = fileURLToPath(new URL('crash-writer.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'event-store-crash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Lets a writer write and kills it some acknowledgements later, in the midst of whatever it is doing then. */
const writeAndKill = async (file: string, round: number): Promise<Acknowledged[]> => {
  const child = spawn(process.execPath, [writer, file, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const killAfter = randomInt(1, 150)
  const acknowledged: Acknowledged[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.endsWith('}')) acknowledged.push(JSON.parse(line))
    if (acknowledged.length === killAfter) child.kill('SIGKILL')
  }
  expect(await exited).toEqual([null, 'SIGKILL'])
  return acknowledged
}

/** What is stored, by batch; fails when a stream has a gap. */
const storedBatches = async (file: string) => {
  await using store = openSqliteEventStore({ file })
  const batches = new Map<string, { size: number; indexes: number[]; revision: number; position: number }>()
  const revisions = new Map<string, number>()
  for (const event of await collect(store.readAll())) {
    expect(event.revision).toBe((revisions.get(event.stream) ?? -1) + 1)
    revisions.set(event.stream, event.revision)
    const { batch, size, index } = event.data as Batch & { readonly index: number }
    const known = batches.get(batch)
    const indexes = [...(known?.indexes ?? []), index]
    batches.set(batch, { size, indexes, revision: event.revision, position: event.position })
  }
  return batches
}

describe('sqlite event store whose process is killed', () => {
  it('has every acknowledged append, whole, and goes on after it', async () => {
    const file = join(folder, 'events.db')
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      acknowledged.push(...(await writeAndKill(file, round)))
      const stored = await storedBatches(file)
      for (const { size, indexes } of stored.values())
        expect(indexes).toEqual(Array.from({ length: size }, (_, index) => index))
      for (const { batch, size, revision, position } of acknowledged)
        expect(stored.get(batch)).toMatchObject({ size, revision, position })
      expect(stored.size).toBeGreaterThanOrEqual(acknowledged.length)
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS)
  })
})
