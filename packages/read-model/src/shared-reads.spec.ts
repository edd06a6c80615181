import { describe, expect, it } from 'vitest'
import { createSharedReads } from './shared-reads.ts'

/** Reads whose answers come when the spec says so. */
const createServer = () => {
  const open: PromiseWithResolvers<string>[] = []
  return {
    reads: () => open.length,
    read: async (): Promise<string> => {
      const answer = Promise.withResolvers<string>()
      open.push(answer)
      return await answer.promise
    },
    answer: (index: number, text: string) => open[index]?.resolve(text),
    fail: (index: number, error: Error) => open[index]?.reject(error),
  }
}

describe('shared reads', () => {
  it('answer everybody who came while one was under way by the next one, and by one', async () => {
    const server = createServer()
    const reads = createSharedReads()
    const first = reads.ask('list', server.read)
    const later = [reads.ask('list', server.read), reads.ask('list', server.read)]
    expect(server.reads()).toBe(1)
    server.answer(0, 'old')
    expect(await first).toBe('old')
    await expect.poll(server.reads).toBe(2)
    const last = reads.ask('list', server.read)
    server.answer(1, 'new')
    expect(await Promise.all(later)).toEqual(['new', 'new'])
    await expect.poll(server.reads).toBe(3)
    server.answer(2, 'newest')
    expect(await last).toBe('newest')
  })

  it('of different questions do not wait for each other', async () => {
    const server = createServer()
    const reads = createSharedReads()
    const both = [reads.ask('list', server.read), reads.ask('count', server.read)]
    server.answer(1, 'two')
    server.answer(0, 'one')
    expect(await Promise.all(both)).toEqual(['one', 'two'])
  })

  it('go on after one that failed', async () => {
    const server = createServer()
    const reads = createSharedReads()
    const first = reads.ask('list', server.read)
    const second = reads.ask('list', server.read)
    server.fail(0, new Error('away'))
    await expect(first).rejects.toThrow('away')
    await expect.poll(server.reads).toBe(2)
    server.answer(1, 'there')
    expect(await second).toBe('there')
    const third = reads.ask('list', server.read)
    expect(server.reads()).toBe(3)
    server.answer(2, 'still there')
    expect(await third).toBe('still there')
  })
})
