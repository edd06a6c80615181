/** Parts of an image reference. */
export interface ImageReference {
  readonly registry: string
  readonly repository: string
  readonly tag?: string | undefined
  readonly digest?: string | undefined
}

/** Reads an image reference the way the container runtimes do: `nginx` is `docker.io/library/nginx:latest`. */
export const parseImage = (reference: string): ImageReference => {
  const [beforeDigest = '', digest] = reference.trim().split('@', 2)
  const slash = beforeDigest.lastIndexOf('/')
  const colon = beforeDigest.lastIndexOf(':')
  const path = colon > slash ? beforeDigest.slice(0, colon) : beforeDigest
  const tag = colon > slash ? beforeDigest.slice(colon + 1) : undefined
  const [first = '', ...rest] = path.split('/')
  const hasRegistry = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost')
  const registry = hasRegistry ? (first === 'index.docker.io' ? 'docker.io' : first) : 'docker.io'
  const inner = hasRegistry ? rest.join('/') : path
  const repository = registry === 'docker.io' && !inner.includes('/') ? `library/${inner}` : inner
  return { registry, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest }
}

/** One text for all ways to write the same reference. */
export const canonicalImage = (reference: string): string => {
  const { registry, repository, tag, digest } = parseImage(reference)
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** Whether two references name the same image. A tag beside a digest is a comment. */
export const sameImage = (a: string, b: string): boolean => {
  const [left, right] = [parseImage(a), parseImage(b)]
  if (left.registry !== right.registry || left.repository !== right.repository) return false
  if (left.digest !== undefined || right.digest !== undefined) return left.digest === right.digest
  return left.tag === right.tag
}

/** `imagePullPolicy` that the API server fills in when an object is made: by the tag at that moment. */
export const defaultPullPolicy = (reference: string): 'Always' | 'IfNotPresent' => {
  const { tag, digest } = parseImage(reference)
  return tag === 'latest' && digest === undefined ? 'Always' : 'IfNotPresent'
}
