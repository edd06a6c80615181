import { status } from '@grpc/grpc-js'
import { END, type Log } from './log.ts'
import { Streams } from './protocol.ts'
import {
  eventAnswer,
  notFoundAnswer,
  type ReadCall,
  ReadError,
  type ReadOptions,
  send,
  streamNameOf,
} from './read-answers.ts'

const PAGE = 500

const directionOf = (options: ReadOptions): 'forwards' | 'backwards' =>
  options.getReadDirection() === Streams.ReadReq.Options.ReadDirection.BACKWARDS ? 'backwards' : 'forwards'

/** One stream, in either direction. */
export const readStream = async (call: ReadCall, log: Log, options: ReadOptions, upTo: bigint): Promise<void> => {
  const stream = options.getStream()
  const name = streamNameOf(options)
  const direction = directionOf(options)
  const limit = BigInt(options.getCount())
  if (limit === 0n) throw new ReadError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error')
  const [last] = log.readStream(name, END, 1, 'backwards', upTo)
  if (last === undefined) {
    await send(call, notFoundAnswer(name))
    return
  }
  if (stream?.hasEnd() === true && direction === 'forwards')
    throw new ReadError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error')
  let from = stream?.hasEnd() === true ? END : stream?.hasStart() === true ? 0n : BigInt(stream?.getRevision() ?? 0)
  for (let left = limit; left > 0n; ) {
    const count = left < BigInt(PAGE) ? Number(left) : PAGE
    const page = log.readStream(name, from, count, direction, upTo)
    for (const event of page) if (!(await send(call, eventAnswer(event)))) return
    const end = page.at(-1)
    if (end === undefined || page.length < count || (direction === 'backwards' && end.revision === 0n)) return
    from = direction === 'backwards' ? end.revision - 1n : end.revision + 1n
    left -= BigInt(page.length)
  }
}

/**
 * Where a read of all streams begins. A position inside a record is refused; one beyond the end is not.
 * @throws ReadError with `refusal`
 */
export const allStart = (log: Log, options: ReadOptions, refusal: string): bigint | 'start' | 'end' => {
  const all = options.getAll()
  if (all?.hasStart() === true) return 'start'
  if (all?.hasEnd() === true) return 'end'
  const position = BigInt(all?.getPosition()?.getCommitPosition() ?? 0)
  const inside = position <= log.head && log.readAll(position, 1, 'forwards')[0]?.position !== position
  if (inside) throw new ReadError(status.UNKNOWN, refusal)
  return position
}

/** All streams, in either direction. */
export const readAll = async (call: ReadCall, log: Log, options: ReadOptions, upTo: bigint): Promise<void> => {
  const direction = directionOf(options)
  const start = allStart(log, options, 'Unexpected ReadAllResult: Error')
  if (start === 'end' && direction === 'forwards') return
  let from = start === 'end' ? END : start === 'start' ? 0n : start
  for (let left = BigInt(options.getCount()); left > 0n; ) {
    const count = left < BigInt(PAGE) ? Number(left) : PAGE
    const page = log.readAll(from, count, direction, upTo)
    for (const event of page) if (!(await send(call, eventAnswer(event)))) return
    const end = page.at(-1)
    if (end === undefined || page.length < count) return
    from = direction === 'backwards' ? end.position : end.position + 1n
    left -= BigInt(page.length)
  }
}
