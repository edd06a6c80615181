import type { Connection } from '@rancher-hub/contracts'
import { SiteError } from '../egress/site-error.ts'
import type { SiteAccess } from './connected-site.ts'
import { parseKubeconfig } from './kubeconfig.ts'
import { describeCertificate } from './offered-ca.ts'
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

const tokenForm = /^(ext\/)?[^\s:]+:[^\s:]+$/

const rancherAccess = (
  connection: Extract<Connection, { kind: 'rancher' }>,
  stored: StoredAccess | undefined,
): ResolvedConnection | undefined => {
  const url = new URL(connection.url)
  // People paste the address of the page they see.
  const base = `${url.origin}${url.pathname.replace(/\/(dashboard|v3|v1)(\/.*)?$/, '').replace(/\/+$/, '')}`
  if (url.username !== '' || url.password !== '') {
    throw new SiteError({
      code: 'address-refused',
      message: 'The address carries a user name or password. Use the plain address and an API token.',
    })
  }
  const kept = stored?.kind === 'rancher' && new URL(stored.url).origin === url.origin ? stored.secret : undefined
  const token = connection.token ?? kept?.token
  if (token === undefined) return undefined
  if (!tokenForm.test(token)) {
    throw new SiteError({
      code: 'token-refused',
      message:
        'This is not a Rancher API token. It looks like token-abcde:secret: copy the «Bearer Token» when making the key.',
    })
  }
  const secret: SiteSecret = {
    token,
    ca: assertPem(connection.caPem) ?? (connection.caPem === undefined ? kept?.ca : undefined),
  }
  return { access: { kind: 'rancher', url: base, secret }, origin: url.origin }
}

const clusterAccess = (
  connection: Extract<Connection, { kind: 'kubernetes' }>,
  stored: StoredAccess | undefined,
): ResolvedConnection | undefined => {
  const pinned = assertPem(connection.caPem)
  if (connection.kubeconfig === undefined) {
    if (stored?.kind !== 'kubernetes') return undefined
    // Only the chosen context is stored: another one needs the kubeconfig again.
    if (connection.context !== undefined && connection.context !== stored.context) return undefined
    const access: SiteAccess = {
      ...stored,
      secret: { ...stored.secret, ...(pinned === undefined ? {} : { ca: pinned }) },
    }
    return { access, origin: new URL(stored.url).origin, context: stored.context }
  }
  const parsed = parseKubeconfig(connection.kubeconfig, connection.context)
  const secret = { ...parsed.secret, ...(pinned === undefined ? {} : { ca: pinned }) }
  assertPem(secret.ca)
  const access: SiteAccess = {
    kind: 'kubernetes',
    url: parsed.server.replace(/\/+$/, ''),
    clusterName: parsed.clusterName,
    secret,
  }
  const { context, contexts, namespace } = parsed
  return { access, origin: new URL(parsed.server).origin, context, contexts, namespace }
}

/**
 * What a client is made of, from what the person gave and what is stored. Undefined: credentials are missing (an
 * address of another origin never gets stored ones).
 * @throws SiteError when the kubeconfig, the token's form or the CA is not usable
 */
export const resolveConnection = (
  connection: Connection,
  stored: StoredAccess | undefined,
): ResolvedConnection | undefined =>
  connection.kind === 'rancher' ? rancherAccess(connection, stored) : clusterAccess(connection, stored)
