import { isIP } from 'node:net'
import type { Cluster, Credential, ReturnOf, testConnection } from '@rancher-hub/contracts'
import type { z } from 'zod'
import { dueWarning } from '../landscape/decide-sites.ts'
import type { SiteFacts } from '../landscape/landscape-events.ts'
import type { SiteAccess } from './connected-site.ts'
import type { SiteSecret } from './site-secret.ts'
import { versionSupport } from './version-support.ts'

/** How trying a connection went. */
export type TestOutcome = ReturnOf<typeof testConnection>
export type Check = TestOutcome['checks'][number]
export type CheckName = Check['name']
const DAY_MS = 86_400_000

/** What was found so far, and how each check went. */
export interface Found {
  readonly checks: Check[]
  serverVersion?: string | undefined
  tokenExpiresAt?: string | undefined
  credential?: Credential | undefined
  clusters?: z.input<typeof Cluster>[] | undefined
}

/** Notes that a check was passed, with a word of warning where there is one. */
export const pass = (found: Found, name: CheckName, message: string, state: Check['state'] = 'passed'): void => {
  found.checks.push({ name, state, message })
}

/** What was checked of the address before anything was sent. */
const addressSentence = ({ host, hostname }: URL, proxy: string | undefined): string => {
  if (proxy === undefined) return `${host} may be called`
  const isLiteral = hostname.startsWith('[') || isIP(hostname) !== 0
  const unseen = isLiteral
    ? ''
    : ' The proxy looks the name up: which address it stands for, the hub’s network policy cannot check.'
  return `${host} may be called, through the proxy ${new URL(proxy).host}.${unseen}`
}

const certificateSentence = (url: URL, secret: SiteSecret): readonly [Check['state'], string] => {
  if (url.protocol === 'http:')
    return [
      'warning',
      'The connection is not encrypted: token and secrets travel in clear text. Use https where you can.',
    ]
  if (secret.unverified === true)
    return [
      'warning',
      'The certificate is not checked, as allowed for this site: whoever is in between can read the credentials. Pin the certificate instead where you can.',
    ]
  return [
    'passed',
    secret.ca === undefined
      ? 'The certificate is signed by a known authority'
      : 'The certificate is signed by the pinned authority',
  ]
}

/** Address, connection and certificate are in order: the server has answered. */
export const passConnection = (found: Found, access: SiteAccess): void => {
  const url = new URL(access.url)
  pass(found, 'address', addressSentence(url, access.secret.proxy?.url))
  pass(found, 'reachable', `${url.host} answers`)
  const [state, message] = certificateSentence(url, access.secret)
  pass(found, 'certificate', message, state)
}

/** The server is of the right kind. */
export const passServer = (found: Found, kind: SiteAccess['kind'], version: string | undefined, now: Date): void => {
  const name = kind === 'rancher' ? 'Rancher' : 'Kubernetes'
  const support = versionSupport(kind, version, now)
  found.serverVersion = version
  const isOld = support?.state === 'ended'
  pass(
    found,
    'server',
    `${name}${version === undefined ? '' : ` ${version}`}${isOld ? `. ${support.message}` : ''}`,
    isOld ? 'warning' : 'passed',
  )
}

/** Which clusters there are, and what is to be known of them before the site is stored. */
export const passClusters = (found: Found, active: number, all: number, warnings: readonly string[]): void => {
  const none = 'The user of the token sees no cluster. Ask an administrator to make it a member of one'
  const some = active < all ? `${active} of ${all} clusters are active` : all === 1 ? 'One cluster' : `${all} clusters`
  const isInOrder = all > 0 && active === all && warnings.length === 0
  const sentence = all === 0 ? none : some
  const message = all === 0 || warnings.length > 0 ? [`${sentence}.`, ...warnings].join(' ') : sentence
  pass(found, 'clusters', message, isInOrder ? 'passed' : 'warning')
}

/** What the token is, whose, and how long it lives. */
export const passCredential = (found: Found, { credential, tokenExpiresAt }: SiteFacts, now: Date): void => {
  found.credential = credential
  found.tokenExpiresAt = tokenExpiresAt
  const what = credential?.kind === 'client-certificate' ? 'The client certificate' : 'The token'
  const owner = credential?.owner === undefined ? '' : ` of ${credential.owner}`
  const days =
    tokenExpiresAt === undefined ? undefined : Math.floor((Date.parse(tokenExpiresAt) - now.getTime()) / DAY_MS)
  const end = days === undefined ? '' : days === 1 ? ' and expires in 1 day' : ` and expires in ${days} days`
  const scope =
    credential?.clusterId === undefined
      ? ''
      : `. It is good for the cluster ${credential.clusterId} only: nothing of other clusters can be read or written with it`
  const isWarning = dueWarning(tokenExpiresAt, now) !== undefined || credential?.clusterId !== undefined
  pass(found, 'credentials', `${what}${owner} is accepted${end}${scope}`, isWarning ? 'warning' : 'passed')
}
