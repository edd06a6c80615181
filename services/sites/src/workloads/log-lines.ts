import { stripVTControlCharacters } from 'node:util'
import type { LogLine } from '@rancher-hub/contracts'
import type { z } from 'zod'

type Line = z.input<typeof LogLine>

/** Longer lines are cut: a page of text is no line. */
export const MAX_LINE = 16_384

/**
 * Lines of a byte stream. The last one counts without its end too: a container that ended in the middle of a line said
 * that much. What goes beyond {@link MAX_LINE} characters of one line is dropped as it arrives.
 */
export const logLines = async function* (body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  // Room for the time in front, and for one character more, by which a cut line is known.
  const keep = MAX_LINE + 64
  let rest = ''
  for await (const chunk of body) {
    const parts = decoder.decode(chunk, { stream: true }).split('\n')
    const last = parts.pop() ?? ''
    for (const part of parts) {
      yield rest + part.slice(0, keep)
      rest = ''
    }
    if (rest.length < keep) rest = (rest + last).slice(0, keep)
  }
  if (rest !== '') yield rest
}

const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d) ?/

/** In UTC, to the nanosecond: nodes write in their own zone. */
const inUtc = (seconds: string, fraction: string, zone: string): string | undefined => {
  if (zone === 'Z') return `${seconds}${fraction}Z`
  const at = new Date(`${seconds}${zone}`)
  return Number.isNaN(at.getTime()) ? undefined : `${at.toISOString().slice(0, 19)}${fraction}Z`
}

// Everything that would move a cursor or ring a bell; a tab stays.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Takes the time off a line and makes its text safe to show: no colours, no control characters, no changes of direction. */
export const readLine = (raw: string): Line => {
  const found = stamp.exec(raw)
  const time = found === null ? undefined : inUtc(found[1] ?? '', found[2] ?? '', found[3] ?? 'Z')
  const said = found === null ? raw : raw.slice(found[0].length)
  // A progress bar writes its line again and again; the last state of it is what a terminal would show.
  const shown = said.replace(/\r+$/, '')
  const text = stripVTControlCharacters(shown.slice(shown.lastIndexOf('\r') + 1)).replaceAll(controls, '')
  return text.length > MAX_LINE ? { time, text: text.slice(0, MAX_LINE), cut: true } : { time, text }
}

/** Makes times of different precision comparable as text: `…:05Z` and `…:05.123456789Z`. */
export const comparableTime = (time: string): string => {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.')
  return `${seconds}.${fraction.padEnd(9, '0')}`
}
