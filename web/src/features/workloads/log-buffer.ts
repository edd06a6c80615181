import type { LogLine } from '@rancher-hub/contracts'

/** A line as the panel shows it. */
export interface ShownLine extends LogLine {
  /** Counts from the first line that was ever shown: stays when old lines are dropped. */
  readonly number: number
}

/** Lines of a log in the browser: the newest so many. */
export interface LogBuffer {
  readonly lines: readonly ShownLine[]
  /** Lines that were dropped at the beginning. */
  readonly dropped: number
  add(lines: readonly LogLine[]): void
  clear(): void
  /** Time of the newest line that has one: where reading goes on. */
  lastTime(): string | undefined
}

/** Makes a buffer that keeps `keep` lines; it drops a tenth at once, so that dropping is rare. */
export const createLogBuffer = (keep: number): LogBuffer => {
  const lines: ShownLine[] = []
  let dropped = 0
  return {
    lines,
    get dropped() {
      return dropped
    },
    add: (added) => {
      for (const line of added) lines.push({ ...line, number: dropped + lines.length })
      if (lines.length <= keep) return
      const count = lines.length - Math.floor(keep * 0.9)
      lines.splice(0, count)
      dropped += count
    },
    clear: () => {
      lines.length = 0
      dropped = 0
    },
    lastTime: () => lines.findLast(({ time }) => time !== undefined)?.time,
  }
}

/** Indices of the lines with a text; case does not matter. */
export const matchesIn = (lines: readonly ShownLine[], text: string): number[] => {
  const needle = text.toLowerCase()
  if (needle === '') return []
  return lines.flatMap((line, index) => (line.text.toLowerCase().includes(needle) ? [index] : []))
}

/** A text cut at every match: odd parts are matches. */
export const splitAtMatches = (text: string, search: string): string[] => {
  const needle = search.toLowerCase()
  if (needle === '') return [text]
  const lower = text.toLowerCase()
  // Some letters change their length in lower case; then positions would lie.
  if (lower.length !== text.length) return [text]
  const parts: string[] = []
  let from = 0
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + needle.length))
    from = at + needle.length
  }
  return [...parts, text.slice(from)]
}

/** The lines as a file: each with its time in front. */
export const asText = (lines: readonly ShownLine[]): string =>
  lines.map(({ time, text }) => (time === undefined ? text : `${time} ${text}`)).join('\n')
