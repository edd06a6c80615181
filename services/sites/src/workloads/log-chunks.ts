import { logLimits, type ReturnOf, type readPodLog } from '@rancher-hub/contracts'
import { SiteError } from '../egress/site-error.ts'
import { comparableTime, logLines, readLine } from './log-lines.ts'

type Chunk = ReturnOf<typeof readPodLog>
type Lines = Extract<Chunk, { kind: 'lines' }>
type Line = Lines['lines'][number]

export interface LogWish {
  readonly text?: string | undefined
  readonly after?: string | undefined
}

export interface LogTiming {
  /** Milliseconds for which lines are gathered into one chunk. */
  readonly gatherMs: number
  /** A sign of life after so many milliseconds without a line. */
  readonly pulseMs: number
  /** The whole of one stream, milliseconds. */
  readonly totalMs: number
}
export const defaultLogTiming: LogTiming = { gatherMs: 100, pulseMs: 15_000, totalMs: logLimits.minutes * 60_000 }

const CHUNK_LINES = 1000
const CHUNK_BYTES = 300_000

/** Whether a line is wanted: after a time, with a text. */
const wants = ({ text, after }: LogWish): ((line: Line) => boolean) => {
  const needle = text?.toLowerCase() ?? ''
  const since = after === undefined ? undefined : comparableTime(after)
  return (line) =>
    (since === undefined || line.time === undefined || comparableTime(line.time) > since) &&
    (needle === '' || line.text.toLowerCase().includes(needle))
}

/** A line has come, the lines are over, or a time has passed without either. */
type Step = IteratorResult<string> | 'late'

/** Waits for a promise, but not longer; the promise stays as it is. */
const within = async (promise: Promise<IteratorResult<string>>, ms: number): Promise<Step> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), Math.max(ms, 0))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Lines that wait to be sent, with what they count. */
const createBatch = () => {
  let lines: Line[] = []
  let skipped = 0
  let bytes = 0
  return {
    add: (line: Line): void => {
      lines.push(line)
      bytes += line.text.length + 40
    },
    skip: (): void => {
      skipped += 1
    },
    isEmpty: () => lines.length === 0,
    isFull: () => lines.length >= CHUNK_LINES || bytes >= CHUNK_BYTES,
    take: (): Lines => {
      const chunk: Lines = { kind: 'lines', lines, skipped }
      lines = []
      skipped = 0
      bytes = 0
      return chunk
    },
  }
}

/**
 * Chunks of a log that is being read: lines gathered for a moment, a pulse while nothing is said, and how it ended.
 * Bounded in lines, bytes and time; `stop` is called when it ends for one of these reasons.
 */
export const logChunks = async function* (
  body: AsyncIterable<Uint8Array>,
  wish: LogWish,
  timing: LogTiming,
  now: () => number,
  stop: () => void,
): AsyncIterable<Chunk> {
  const isWanted = wants(wish)
  const batch = createBatch()
  const source = logLines(body)[Symbol.asyncIterator]()
  const begun = now()
  let [lines, bytes, read] = [0, 0, 0]
  let next = source.next()
  // Handled where it is awaited; between two of them it must not count as unhandled.
  next.catch(() => undefined)
  const overLimit = (): 'lines' | 'bytes' | 'time' | undefined => {
    if (lines >= logLimits.lines) return 'lines'
    if (bytes >= logLimits.megabytes * 1_000_000 || read >= 8 * logLimits.megabytes * 1_000_000) return 'bytes'
    return now() - begun >= timing.totalMs ? 'time' : undefined
  }
  let gatherUntil: number | undefined
  // A log that says much, but nothing of what is wanted, is silent for the caller.
  let pulseAt = begun + timing.pulseMs
  try {
    for (;;) {
      const left = timing.totalMs - (now() - begun)
      const wait = gatherUntil === undefined ? Math.min(pulseAt - now(), left) : Math.min(gatherUntil - now(), left)
      const step = await within(next, wait)
      if (step !== 'late' && step.done !== true) {
        next = source.next()
        next.catch(() => undefined)
        const line = readLine(step.value)
        read += step.value.length
        if (isWanted(line)) {
          batch.add(line)
          lines += 1
          bytes += line.text.length
          gatherUntil ??= now() + timing.gatherMs
        } else batch.skip()
      }
      const limit = overLimit()
      const isOver = step !== 'late' && step.done === true
      if (isOver || limit !== undefined || batch.isFull() || (gatherUntil !== undefined && now() >= gatherUntil)) {
        if (!batch.isEmpty() || isOver) yield batch.take()
        gatherUntil = undefined
        pulseAt = now() + timing.pulseMs
      } else if (now() >= pulseAt) {
        yield { kind: 'pulse' }
        pulseAt = now() + timing.pulseMs
      }
      if (isOver || limit !== undefined) {
        stop()
        yield { kind: 'end', reason: limit ?? 'complete' }
        return
      }
    }
  } catch (error) {
    if (!(error instanceof SiteError)) throw error
    if (!batch.isEmpty()) yield batch.take()
    yield { kind: 'end', reason: 'lost', problem: error.problem }
  }
}
