import type { Connection } from '@rancher-hub/contracts'
import { SiteError } from '../egress/site-error.ts'
import type { SiteAccess } from './connected-site.ts'
import { CredentialsMissingError, keptFor, type Way } from './kept-credentials.ts'
import { parseKubeconfig } from './kubeconfig.ts'
import { describeCertificate } from './offered-ca.ts'
import { resolveHeaders } from './site-headers.ts'
import { parseProxy } from './site-proxy.ts'
import type { SiteSecret } from './site-secret.ts'

/** The way to a site that is stored already; its secret goes to its own origin only. */
export interface StoredAccess extends SiteAccess {
  readonly context?: string | undefined
}

/** A connection as the person gave it, completed with what is stored. */
export interface ResolvedConnection {
  readonly access: SiteAccess
  readonly origin: string
  /** Context of the kubeconfig that is in use. */
  readonly context?: string | undefined
  readonly contexts?: readonly string[] | undefined
  /** Namespace that the context of a kubeconfig names. */
  readonly namespace?: string | undefined
}

const assertPem = (pem: string | undefined): string | undefined => {
  const text = pem?.trim()
  if (text === undefined || text === '') return undefined
  try {
    describeCertificate(text)
  } catch (error) {
    throw new SiteError(
      {
        code: 'certificate-not-trusted',
        message: 'The CA certificate is not a certificate in PEM (-----BEGIN CERTIFICATE-----). Paste the whole file.',
      },
      { cause: error },
    )
  }
  return text
}

/** `ext/` in front: tokens of the API group ext.cattle.io (Rancher 2.12 and newer). */
const tokenForm = /^(ext\/)?[\x21-\x39\x3b-\x7e]+:[\x21-\x39\x3b-\x7e]+$/

/** The way that the person chose for any kind of site, over what is stored for the same origin (`kept`). @throws SiteError */
const chosenWay = (connection: Connection, kept: Way | undefined): Pick<SiteSecret, 'ca' | 'unverified' | 'proxy'> => ({
  // Left out: as stored. Empty: none.
  ca: connection.caPem === undefined ? kept?.ca : assertPem(connection.caPem),
  unverified: (connection.allowUnverified ?? kept?.unverified) === true ? true : undefined,
  proxy: connection.proxyUrl === undefined ? kept?.proxy : parseProxy(connection.proxyUrl, 'The proxy'),
})

const rancherAccess = (
  connection: Extract<Connection, { kind: 'rancher' }>,
  stored: StoredAccess | undefined,
): ResolvedConnection => {
  const url = new URL(connection.url)
  // People paste the address of the page they see.
  const base = `${url.origin}${url.pathname.replace(/\/(dashboard|v3|v1)(\/.*)?$/, '').replace(/\/+$/, '')}`
  if (url.username !== '' || url.password !== '') {
    throw new SiteError({
      code: 'address-refused',
      message: 'The address carries a user name or password. Use the plain address and an API token.',
    })
  }
  const known = stored?.kind === 'rancher' && new URL(stored.url).origin === url.origin ? stored.secret : undefined
  const way = chosenWay(connection, known)
  const kept = keptFor(way, known, {
    credentials: connection.token === undefined ? 'token' : undefined,
    headers: connection.headers === undefined,
  })
  const token = connection.token ?? kept?.token
  if (token === undefined) throw new CredentialsMissingError()
  if (!tokenForm.test(token)) {
    throw new SiteError({
      code: 'token-refused',
      message:
        'This is not a Rancher API token. It looks like token-abcde:secret (or ext/token-abcde:secret): copy the «Bearer Token» when making the key.',
    })
  }
  const secret: SiteSecret = { token, ...way, headers: resolveHeaders(connection.headers, kept?.headers) }
  return { access: { kind: 'rancher', url: base, secret }, origin: url.origin }
}

const storedClusterAccess = (
  connection: Extract<Connection, { kind: 'kubernetes' }>,
  stored: StoredAccess | undefined,
): ResolvedConnection => {
  if (stored?.kind !== 'kubernetes') throw new CredentialsMissingError()
  // Only the chosen context is stored: another one needs the kubeconfig again.
  if (connection.context !== undefined && connection.context !== stored.context) throw new CredentialsMissingError()
  const way = { serverName: stored.secret.serverName, ...chosenWay(connection, stored.secret) }
  const kept = keptFor(way, stored.secret, { credentials: 'kubeconfig', headers: true })
  const secret: SiteSecret = { ...kept, ...way, headers: resolveHeaders(connection.headers, kept?.headers) }
  return { access: { ...stored, secret }, origin: new URL(stored.url).origin, context: stored.context }
}

const clusterAccess = (
  connection: Extract<Connection, { kind: 'kubernetes' }>,
  stored: StoredAccess | undefined,
): ResolvedConnection => {
  if (connection.kubeconfig === undefined) return storedClusterAccess(connection, stored)
  const parsed = parseKubeconfig(connection.kubeconfig, connection.context)
  const { origin } = new URL(parsed.server)
  const known = stored?.kind === 'kubernetes' && new URL(stored.url).origin === origin ? stored.secret : undefined
  const { token, clientCert, clientKey, serverName, unverified, ...own } = parsed.secret
  // What the file says counts, then what is stored; what the person chose in the form counts before both.
  const base = { ...known, ...(own.proxy === undefined ? {} : { proxy: own.proxy }), ca: own.ca }
  const way = { serverName, ...chosenWay(connection, base) }
  const kept = keptFor(way, known, { headers: connection.headers === undefined })
  const headers = resolveHeaders(connection.headers, kept?.headers)
  const secret: SiteSecret = { token, clientCert, clientKey, ...way, headers }
  if (unverified === true && secret.unverified !== true) {
    throw new SiteError({
      code: 'verification-off',
      message:
        'The field «insecure-skip-tls-verify» of the cluster switches certificate checks off: whoever is in between could read the credentials. Remove it (the hub offers to pin the certificate instead), or allow an unverified certificate for this site.',
    })
  }
  assertPem(secret.ca)
  const { context, contexts, namespace, clusterName } = parsed
  const url = parsed.server.replace(/\/+$/, '')
  return { access: { kind: 'kubernetes', url, clusterName, secret }, origin, context, contexts, namespace }
}

/**
 * What a client is made of, from what the person gave and what is stored. Stored credentials go to their own origin,
 * and on the way that they were stored for.
 * @throws CredentialsMissingError
 * @throws SiteError when the kubeconfig, the token's form, the CA, the proxy or a header is not usable
 */
export const resolveConnection = (connection: Connection, stored: StoredAccess | undefined): ResolvedConnection =>
  connection.kind === 'rancher' ? rancherAccess(connection, stored) : clusterAccess(connection, stored)
