import { ApiError, badRequest, expired } from './api-error.ts'
import { isTree, type KubeObject } from './kube-object.ts'

/** A page that was asked for: all of it is of one version, unless the token says that it need not be. */
export interface ListPage {
  readonly items: readonly KubeObject[]
  readonly revision: number
  readonly next: string | undefined
  /** How many come after it. */
  readonly left: number
}

export interface PageRequest {
  /** What is listed: the pages of one list name the same. */
  readonly path: string
  /** 0: all of it. */
  readonly limit: number
  readonly token: string
  readonly meets: (object: KubeObject) => boolean
}

/** The version in a token that goes on with whatever there is now. */
const ANY = -1
const KEPT = 50
const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

interface Token {
  readonly rv: number
  readonly start: string
}
const encode = (token: Token): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', ...token })).toString('base64url')
const decode = (text: string): Token => {
  try {
    const found: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (isTree(found) && typeof found['rv'] === 'number' && typeof found['start'] === 'string')
      return { rv: found['rv'], start: found['start'] }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw badRequest('continue key is not valid')
}

const tooOld = (start: string): ApiError => {
  const { code, reason } = expired('')
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
  return new ApiError(code, reason, message, undefined, {}, { continue: encode({ rv: ANY, start }) })
}

/** Lists in pages, each list as it was when its first page was read; older ones are forgotten, as by a compaction. */
export class ListPages {
  readonly #kept = new Map<string, readonly KubeObject[]>()

  clear(): void {
    this.#kept.clear()
  }

  /** `now` and `revision`: what there is when nothing of the past is asked for. @throws ApiError 410 when it is forgotten, 400 for a token that is none */
  page({ path, limit, token, meets }: PageRequest, revision: number, now: () => readonly KubeObject[]): ListPage {
    const { rv, start } = token === '' ? { rv: ANY, start: '' } : decode(token)
    if (rv > revision) throw badRequest('continue key is not valid')
    const at = rv === ANY ? revision : rv
    const known = rv === ANY ? now() : this.#kept.get(`${path} ${at}`)
    if (known === undefined) throw tooOld(start)
    const rest = known.filter((object) => (start === '' || keyOf(object) > start) && meets(object))
    const items = limit > 0 ? rest.slice(0, limit) : rest
    const left = rest.length - items.length
    const last = items.at(-1)
    if (left === 0 || last === undefined) return { items, revision: at, next: undefined, left: 0 }
    if (rv === ANY) this.#keep(`${path} ${at}`, known)
    return { items, revision: at, next: encode({ rv: at, start: keyOf(last) }), left }
  }

  #keep(key: string, objects: readonly KubeObject[]): void {
    this.#kept.set(key, objects)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }
}
