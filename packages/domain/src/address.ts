/** An address of one server, or of several of one kind: `scheme://user:password@host:port,host:port/path?options`. */
export interface Address {
  readonly scheme: string
  /** Hosts and ports, comma-separated: all that may be shown. */
  readonly hosts: string
  readonly user: string | undefined
  readonly password: string | undefined
}

// An `@` behind the host is refused: it could as well end a password that holds a `/` or a `?`.
const ADDRESS =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:(?<user>[^:@/?#\s]*)(?::(?<password>[^@/?#\s]*))?@)?(?<rest>[^@\s]+)$/iu
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?$/iu

const isHost = (text: string): boolean => {
  const match = HOST.exec(text)
  return match !== null && Number(match.groups?.['port'] ?? 0) <= 65_535
}

const decode = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : decodeURIComponent(text)

/** Takes an address apart; undefined when it is none, or when it cannot be told where its password ends. */
export const parseAddress = (text: string): Address | undefined => {
  const { scheme, user, password, rest } = ADDRESS.exec(text)?.groups ?? {}
  if (scheme === undefined || rest === undefined) return undefined
  const hosts = rest.split(/[/?#]/u, 1)[0] ?? ''
  if (!hosts.split(',').every(isHost)) return undefined
  try {
    return { scheme: scheme.toLowerCase(), hosts, user: decode(user), password: decode(password) }
  } catch {
    // A percent sign that encodes nothing.
    return undefined
  }
}

/** Hosts of an address, for messages: never a part of its user or password. */
export const hostsOf = (text: string): string => parseAddress(text)?.hosts ?? 'an address that cannot be read'
