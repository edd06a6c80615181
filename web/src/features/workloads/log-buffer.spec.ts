import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asText, createLogBuffer, matchesIn, splitAtMatches } from './log-buffer.ts'

const line = (text: string, time?: string) => ({ text, ...(time === undefined ? {} : { time }) })

describe('the log in the browser', () => {
  it('keeps the newest lines, numbered from the first that was ever shown', () => {
    const buffer = createLogBuffer(10)
    buffer.add(Array.from({ length: 9 }, (_, index) => line(String(index))))
    buffer.add([line('9'), line('10')])
    expect(buffer.dropped).toBe(2)
    expect(buffer.lines.map(({ number, text }) => [number, text])).toEqual(
      Array.from({ length: 9 }, (_, index) => [index + 2, String(index + 2)]),
    )
    buffer.clear()
    buffer.add([line('x')])
    expect(buffer.lines).toEqual([{ text: 'x', number: 0 }])
  })

  it('knows where to go on, and gives itself as a text', () => {
    const buffer = createLogBuffer(10)
    expect(buffer.lastTime()).toBeUndefined()
    buffer.add([line('a', '2026-11-24T10:00:00.1Z'), line('b')])
    expect(buffer.lastTime()).toBe('2026-11-24T10:00:00.1Z')
    expect(asText(buffer.lines)).toBe('2026-11-24T10:00:00.1Z a\nb')
  })

  it('is searched without regard to case', () => {
    const buffer = createLogBuffer(10)
    buffer.add([line('GET /a'), line('POST /b'), line('get /c')])
    expect(matchesIn(buffer.lines, 'get')).toEqual([0, 2])
    expect(matchesIn(buffer.lines, '')).toEqual([])
    expect(splitAtMatches('get a GET', 'GET')).toEqual(['', 'get', ' a ', 'GET', ''])
    fc.assert(fc.property(fc.string(), fc.string(), (text, search) => splitAtMatches(text, search).join('') === text))
  })
})
