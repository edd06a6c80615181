import type { ReturnOf, readPodLog } from '@rancher-hub/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SiteError } from '../egress/site-error.ts'
import { type LogTiming, logChunks } from './log-chunks.ts'
import { comparableTime, logLines, MAX_LINE, readLine } from './log-lines.ts'

type Chunk = ReturnOf<typeof readPodLog>

const bytes = async function* (...parts: (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}
const timing: LogTiming = { gatherMs: 5, pulseMs: 20, totalMs: 60_000 }
const read = async (body: AsyncIterable<Uint8Array>, wish = {}, times = timing): Promise<Chunk[]> =>
  await Array.fromAsync(logChunks(body, wish, times, Date.now, () => undefined))
const textsOf = (chunks: readonly Chunk[]): string[] =>
  chunks.flatMap((chunk) => (chunk.kind === 'lines' ? chunk.lines.map(({ text }) => text) : []))

describe('a line of a log', () => {
  it('has its time in UTC to the nanosecond, apart from its text', () => {
    expect(readLine('2026-11-24T10:00:00.123456789Z hello')).toEqual({
      time: '2026-11-24T10:00:00.123456789Z',
      text: 'hello',
    })
    expect(readLine('2026-11-24T10:00:00.5+01:00 hello')).toEqual({ time: '2026-11-24T09:00:00.5Z', text: 'hello' })
    expect(readLine('no time')).toEqual({ time: undefined, text: 'no time' })
    expect(comparableTime('2026-11-24T10:00:00Z') < comparableTime('2026-11-24T10:00:00.000000001Z')).toBe(true)
  })

  it('is safe to show: no colours, links, bells, cursor moves or changes of direction', () => {
    expect(readLine('\u001b[31;1mred\u001b[0m \u001b]8;;http://evil\u0007link\u001b]8;;\u0007 \u0007bell').text).toBe(
      'red link bell',
    )
    expect(readLine('10 %\r50 %\r100 %\r').text).toBe('100 %')
    expect(readLine('a\tb \u202etxt.exe\u0000').text).toBe('a\tb txt.exe')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(readLine(raw).text).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/)
      }),
    )
  })

  it('is cut when it is a page, however it arrives', async () => {
    const long = 'x'.repeat(MAX_LINE + 5_000)
    const lines = await Array.fromAsync(logLines(bytes(long.slice(0, 9_000), long.slice(9_000), '\nshort')))
    expect(lines.map(readLine)).toEqual([
      { time: undefined, text: 'x'.repeat(MAX_LINE), cut: true },
      { time: undefined, text: 'short' },
    ])
  })

  it('is the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 20 })), fc.integer({ min: 1, max: 7 }), async (given, size) => {
        const lines = given.map((each) => each.replaceAll('\n', ''))
        const whole = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const parts = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
          whole.subarray(index * size, (index + 1) * size),
        )
        expect(await Array.fromAsync(logLines(bytes(...parts)))).toEqual(lines)
      }),
    )
  })
})

describe('the chunks of a log', () => {
  it('hold all lines in order, and say that it is over', async () => {
    const chunks = await read(bytes('one\ntwo\n', 'three'))
    expect(textsOf(chunks)).toEqual(['one', 'two', 'three'])
    expect(chunks.at(-1)).toEqual({ kind: 'end', reason: 'complete' })
  })

  it('leave out lines without the text, and say how many', async () => {
    const chunks = await read(bytes('GET /a\nPOST /b\nget /c\n'), { text: 'get' })
    expect(textsOf(chunks)).toEqual(['GET /a', 'get /c'])
    expect(chunks[0]).toMatchObject({ kind: 'lines', skipped: 1 })
  })

  it('go on after a time', async () => {
    const body = bytes('2026-11-24T10:00:00.1Z a\n2026-11-24T10:00:00.2Z b\n2026-11-24T10:00:00.3Z c\n')
    expect(textsOf(await read(body, { after: '2026-11-24T10:00:00.200000000Z' }))).toEqual(['c'])
  })

  it('pulse while nothing is said, and hand lines on soon', async () => {
    const gate = Promise.withResolvers<void>()
    const body = (async function* () {
      yield Buffer.from('first\n')
      await gate.promise
      yield Buffer.from('second\n')
    })()
    const kinds: string[] = []
    for await (const chunk of logChunks(body, {}, timing, Date.now, () => undefined)) {
      kinds.push(chunk.kind)
      if (chunk.kind === 'pulse') gate.resolve()
    }
    expect(kinds).toEqual(expect.arrayContaining(['pulse']))
    expect(kinds.filter((kind) => kind === 'lines').length).toBeGreaterThanOrEqual(2)
    expect(kinds.at(-1)).toBe('end')
  })

  it('pulse while much is said, but nothing of what is wanted', async () => {
    let isOver = false
    const body = (async function* () {
      while (!isOver) {
        await new Promise((resolve) => setTimeout(resolve, 2))
        yield Buffer.from('chatter\n')
      }
    })()
    const kinds: string[] = []
    for await (const chunk of logChunks(body, { text: 'canary' }, timing, Date.now, () => undefined)) {
      kinds.push(chunk.kind)
      isOver = true
    }
    expect(kinds[0]).toBe('pulse')
  })

  it('end at the limits of lines and time, and stop the reading', async () => {
    let stopped = 0
    const endless = (async function* () {
      for (;;) yield Buffer.from('x\n'.repeat(1000))
    })()
    const many: Chunk[] = []
    for await (const chunk of logChunks(endless, {}, timing, Date.now, () => (stopped += 1))) many.push(chunk)
    expect(many.at(-1)).toEqual({ kind: 'end', reason: 'lines' })
    expect(textsOf(many)).toHaveLength(50_000)
    const silent = (async function* () {
      await new Promise(() => undefined)
      yield Buffer.from('')
    })()
    const timed = await Array.fromAsync(
      logChunks(silent, {}, { ...timing, totalMs: 50 }, Date.now, () => (stopped += 1)),
    )
    expect(timed.at(-1)).toEqual({ kind: 'end', reason: 'time' })
    expect(stopped).toBe(2)
  })

  it('say why the connection was lost, after what had come', async () => {
    const problem = { code: 'unreachable' as const, message: 'The connection was cut.' }
    const body = (async function* () {
      yield Buffer.from('a\n')
      throw new SiteError(problem)
    })()
    const chunks = await read(body)
    expect(textsOf(chunks)).toEqual(['a'])
    expect(chunks.at(-1)).toEqual({ kind: 'end', reason: 'lost', problem })
  })
})
