import type { Dispatcher } from 'undici'
import { SiteError } from './site-error.ts'

type Body = Dispatcher.ResponseData['body']

/** Of an answer that is no success, on the way of a stream: what is read of its words, and for how long. */
const REFUSAL = { maxBytes: 64 * 1024, timeoutMs: 10_000 }

/** The whole of an answer. @throws SiteError when it is larger than that */
export const readLimited = async (body: AsyncIterable<Uint8Array>, maxBytes: number, host: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new SiteError(
        {
          code: 'upstream-error',
          message: `${host} sent an answer of more than ${Math.round(maxBytes / 1024)} KiB, which the hub does not read.`,
        },
        { maybeSent: true },
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Ends an answer that nobody reads on. */
const discard = (body: Body): void => {
  body.on('error', () => undefined)
  body.destroy()
}

/** The hub asks for no compression: what is compressed all the same could be of any size. @throws SiteError */
export const assertPlain = ({ headers, body }: Dispatcher.ResponseData, host: string): void => {
  const encoding = String(headers['content-encoding'] ?? 'identity').trim()
  if (encoding === '' || encoding.toLowerCase() === 'identity') return
  discard(body)
  const message = `${host} answered compressed (${encoding.slice(0, 40)}), which the hub did not ask for and does not read. Check what stands in between.`
  throw new SiteError({ code: 'upstream-error', message }, { maybeSent: true })
}

/** The words of a refusal: their beginning, as far as it arrives in time. */
export const wordsOf = async function* (body: Body): AsyncIterable<Uint8Array> {
  let size = 0
  const timer = setTimeout(() => body.destroy(), REFUSAL.timeoutMs)
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      yield chunk.subarray(0, REFUSAL.maxBytes - size)
      size += chunk.byteLength
      if (size >= REFUSAL.maxBytes) return
    }
  } catch {
    // The status says enough; the words were cut.
  } finally {
    clearTimeout(timer)
  }
}
