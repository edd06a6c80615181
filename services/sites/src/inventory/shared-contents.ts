import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { ConfigReference, Normalized } from '@rancher-hub/kubernetes'

/** What objects with one digest have in common: it is held once, however many instances have such an object. */
export interface SharedContent {
  readonly digest: string
  readonly images: Readonly<Record<string, string>>
  readonly keys: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  readonly references: readonly ConfigReference[]
  /** Normal form, made anew each time. */
  read(): Normalized
}

/** What a content is made of when it is seen first. */
export interface ContentParts extends Pick<SharedContent, 'images' | 'keys' | 'labels' | 'references'> {
  /** Normal form. */
  readonly json: string
}

/** Contents of all live inventories, by digest, counted by those who hold them. */
export interface SharedContents {
  /** To be given back with `release`, once for each `take`. */
  take(digest: string, make: () => ContentParts): SharedContent
  release(content: SharedContent): void
  /** How many different ones are held, and the characters or bytes of them. */
  held(): { readonly count: number; readonly size: number }
}

/** Text is the most compact up to here: one byte a character, and nothing around it. */
const DEFLATE_OVER = 8_192

const pack = (json: string): string | Uint8Array =>
  json.length > DEFLATE_OVER ? deflateRawSync(json, { level: 3 }) : json
const unpack = (packed: string | Uint8Array): Normalized =>
  JSON.parse(typeof packed === 'string' ? packed : inflateRawSync(packed).toString('utf8')) as Normalized

interface Held {
  readonly content: SharedContent
  readonly size: number
  users: number
}

/** Makes an empty store of contents. */
export const createSharedContents = (): SharedContents => {
  const held = new Map<string, Held>()
  let size = 0

  const add = (digest: string, { json, images, keys, labels, references }: ContentParts): Held => {
    const packed = pack(json)
    const made: Held = {
      content: { digest, images, keys, labels, references, read: () => unpack(packed) },
      size: packed.length,
      users: 0,
    }
    held.set(digest, made)
    size += made.size
    return made
  }

  return {
    take: (digest, make) => {
      const found = held.get(digest) ?? add(digest, make())
      found.users += 1
      return found.content
    },
    release: ({ digest }) => {
      const found = held.get(digest)
      if (found === undefined) throw new Error(`Nobody holds the content ${digest}`)
      found.users -= 1
      if (found.users > 0) return
      held.delete(digest)
      size -= found.size
    },
    held: () => ({ count: held.size, size }),
  }
}
