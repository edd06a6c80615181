import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { toNetworkError } from '../egress/network-problem.ts'
import { SiteError } from '../egress/site-error.ts'
import type { HttpStream } from '../egress/site-http.ts'
import { parseObject } from './upstream-error.ts'

/** What a watch tells. `open`: the server answered, changes follow; `expired`: the version is too old, list again. */
export type WatchEvent =
  | { readonly type: 'open' }
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubernetesObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'expired' }

const MAX_LINE = 16 * 1024 * 1024
/** Milliseconds that one change may take to arrive: a trickle of bytes keeps a dead stream from looking silent. */
const MAX_LINE_MS = 60_000

const unread = (host: string, why: string): SiteError =>
  new SiteError({ code: 'upstream-error', message: `${host} sent a change ${why}, which the hub does not read.` })

/** Lines of a byte stream. @throws SiteError when one is longer than 16 MiB, or does not end */
const linesOf = async function* (
  body: AsyncIterable<Uint8Array>,
  host: string,
  now: () => number,
): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let parts: string[] = []
  let length = 0
  let since = now()
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true })
    let from = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      yield parts.join('') + text.slice(from, end)
      parts = []
      length = 0
      from = end + 1
    }
    if (parts.length === 0) since = now()
    if (from < text.length) parts.push(text.slice(from))
    length += text.length - from
    if (length > MAX_LINE) throw unread(host, 'of more than 16 MiB')
    if (length > 0 && now() - since > MAX_LINE_MS) throw unread(host, 'for more than a minute without its end')
  }
  // A last line without its end is half a line: the connection was cut there.
}

const toWatchEvent = (line: string, host: string, hide: HttpStream['hide']): WatchEvent | undefined => {
  if (line.trim() === '') return undefined
  const event = parseObject(line)
  const object = event?.['object'] as (KubernetesObject & { code?: number; message?: string }) | undefined
  const type = event?.['type']
  if (object === undefined || typeof type !== 'string')
    throw new SiteError({ code: 'not-kubernetes', message: `${host} sent a change that cannot be read.` })
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED') return { type, object }
  if (type === 'BOOKMARK') return { type, resourceVersion: object.metadata?.resourceVersion ?? '' }
  if (type === 'ERROR' && object.code === 410) return { type: 'expired' }
  throw new SiteError(
    {
      code: 'upstream-error',
      message: `${host} ended the stream of changes: ${hide(String(object.message ?? type)).slice(0, 300)}`,
    },
    { status: object.code },
  )
}

/** Reads a watch until it ends; `now`: milliseconds of a clock that never jumps. @throws SiteError when it is cut, silent for too long, or says an error */
export const readWatch = async function* (
  { body, hide }: Pick<HttpStream, 'body' | 'hide'>,
  host: string,
  now: () => number = () => performance.now(),
): AsyncIterable<WatchEvent> {
  try {
    for await (const line of linesOf(body, host, now)) {
      const event = toWatchEvent(line, host, hide)
      if (event !== undefined) yield event
    }
  } catch (error) {
    throw toNetworkError(error, host)
  }
}
