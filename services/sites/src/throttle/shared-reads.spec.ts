import { describe, expect, it } from 'vitest'
import { settle } from './manual-clock.fixtures.ts'
import { createSharedReads, type ReadRun } from './shared-reads.ts'

const open = () => {
  const reads = createSharedReads<string, string>()
  const runs: (ReadRun & { readonly resolve: (value: string) => void; readonly reject: (error: unknown) => void })[] =
    []
  const joined: string[] = []
  const read = async (key: string, isFresh = false, signal?: AbortSignal): Promise<string> =>
    await reads.read(key, { isFresh, signal, joined: (context) => joined.push(context) }, (run) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      runs.push({ ...run, resolve, reject })
      return { context: `run ${runs.length}`, answer: promise }
    })
  return { read, runs, joined }
}

describe('shared reads', () => {
  it('ask once for equal reads at the same time, and again afterwards', async () => {
    const { read, runs, joined } = open()
    const both = Promise.all([read('a'), read('a')])
    const other = read('b')
    runs[0]?.resolve('1')
    runs[1]?.resolve('2')
    expect([await both, await other]).toEqual([['1', '1'], '2'])
    expect(joined).toEqual(['run 1'])
    const later = read('a')
    runs[2]?.resolve('3')
    expect(await later).toBe('3')
  })

  it('tell everybody when the read fails, and ask again', async () => {
    const { read, runs } = open()
    const both = [read('a'), read('a')]
    runs[0]?.reject(new Error('broken'))
    for (const each of both) await expect(each).rejects.toThrow('broken')
    const again = read('a')
    runs[1]?.resolve('1')
    expect(await again).toBe('1')
  })

  it('do not give the answer of a request that is out already to who must see what was written since', async () => {
    const { read, runs } = open()
    const first = read('a')
    const waiting = read('a', true)
    expect(runs).toHaveLength(1)
    runs[0]?.sent()
    const fresh = read('a', true)
    expect(runs).toHaveLength(2)
    runs[0]?.resolve('old')
    runs[1]?.resolve('new')
    expect(await Promise.all([first, waiting, fresh])).toEqual(['old', 'old', 'new'])
  })

  it('go on while anybody waits, and stop when all have left', async () => {
    const { read, runs } = open()
    const aborts = [new AbortController(), new AbortController()]
    const both = aborts.map(async ({ signal }) => await read('a', false, signal))
    aborts[0]?.abort(new Error('left first'))
    await expect(both[0]).rejects.toThrow('left first')
    expect(runs[0]?.signal.aborted).toBe(false)
    aborts[1]?.abort(new Error('left too'))
    await expect(both[1]).rejects.toThrow('left too')
    expect(runs[0]?.signal.aborted).toBe(true)
    const again = read('a')
    expect(runs).toHaveLength(2)
    runs[1]?.resolve('1')
    expect(await again).toBe('1')
    runs[0]?.reject(new Error('aborted'))
    await settle()
  })
})
