import { X509Certificate } from 'node:crypto'
import type { Credential } from '@rancher-hub/contracts'
import { hasStatus } from '../egress/site-error.ts'
import type { SiteCaller } from './site-caller.ts'
import type { SiteSecret } from './site-secret.ts'
import { parseObject } from './upstream-error.ts'

const asText = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
const asTime = (value: unknown): string | undefined => {
  const text = asText(value)
  if (text === undefined || Number.isNaN(Date.parse(text))) return undefined
  return text.endsWith('Z') ? text : new Date(text).toISOString()
}

/** Name of a token: `token-abcde:secret` and `ext/token-abcde:secret` carry it in front. */
const nameOf = (token: string): string => (token.split(':', 1)[0] ?? '').replace(/^ext\//, '')

/** The answer, or undefined where the server has no such thing or does not show it to the user of the token. */
const readIfShown = async (
  caller: SiteCaller,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown> | undefined> => {
  try {
    return (await caller.json({ method: 'GET', path, signal })).body
  } catch (error) {
    if (hasStatus(error, 403, 404)) return undefined
    throw error
  }
}

/** The user of the token: `GET /v3/users?me=true` is a collection of one. */
const readOwner = async (caller: SiteCaller, signal: AbortSignal | undefined): Promise<string | undefined> => {
  const body = await readIfShown(caller, '/v3/users?me=true', signal)
  const me = asRecord(Array.isArray(body?.['data']) ? body['data'][0] : undefined)
  return asText(me['username']) ?? asText(me['name']) ?? asText(me['id'])
}

/** `GET /v3/tokens/<own name>` (norman); `expiresAt` is empty for tokens that never expire, `clusterId` for unscoped ones. */
const readClassicToken = async (
  caller: SiteCaller,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Credential> => {
  const body = (await readIfShown(caller, `/v3/tokens/${encodeURIComponent(name)}`, signal)) ?? {}
  return {
    kind: 'rancher-token',
    name,
    owner: asText(body['userId']),
    clusterId: asText(body['clusterId']),
    enabled: typeof body['enabled'] === 'boolean' ? body['enabled'] : undefined,
    expiresAt: asTime(body['expiresAt']),
  }
}

/** A Token of ext.cattle.io/v1 (Rancher 2.12 and newer); it tells itself to its owner. */
const readExtToken = async (caller: SiteCaller, name: string, signal: AbortSignal | undefined): Promise<Credential> => {
  const body = await readIfShown(caller, `/apis/ext.cattle.io/v1/tokens/${encodeURIComponent(name)}`, signal)
  const [spec, status] = [asRecord(body?.['spec']), asRecord(body?.['status'])]
  return {
    kind: 'ext-token',
    name,
    owner: asText(spec['userID']),
    clusterId: asText(spec['clusterName']),
    enabled: typeof spec['enabled'] === 'boolean' ? spec['enabled'] : undefined,
    expiresAt: asTime(status['expiresAt']),
  }
}

/** What Rancher tells of the token that it is asked with, and of its user. @throws SiteError: 401 when it is refused */
export const readRancherCredential = async (
  caller: SiteCaller,
  token: string,
  signal?: AbortSignal,
): Promise<Credential> => {
  const name = nameOf(token)
  const read = token.startsWith('ext/') ? readExtToken : readClassicToken
  const facts = await read(caller, name, signal)
  const owner = await readOwner(caller, signal)
  return { ...facts, owner: owner ?? facts.owner }
}

/** Claims of a ServiceAccount's token. They are only shown: the API server is who checks them. */
const claimsOf = (token: string): Record<string, unknown> | undefined => {
  const parts = token.split('.')
  return parts.length === 3 ? parseObject(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8')) : undefined
}

const accountForm = /^system:serviceaccount:([^:]+):([^:]+)$/
/** Token of a Rancher user on the way to one cluster: `https://rancher/k8s/clusters/<id>`, as its kubeconfigs have it. */
const rancherForm = /^(?:ext\/)?([a-z0-9][a-z0-9.-]*):[^:\s]+$/

const tokenCredential = (token: string): Credential => {
  const claims = claimsOf(token)
  const subject = asText(claims?.['sub'])
  const expiry = claims?.['exp']
  const expiresAt =
    typeof expiry === 'number' && expiry > 0 && expiry < 1e11 ? new Date(expiry * 1000).toISOString() : undefined
  const [, namespace, account] = accountForm.exec(subject ?? '') ?? []
  if (account !== undefined)
    return { kind: 'service-account', name: `${namespace}/${account}`, owner: subject, expiresAt }
  const name = rancherForm.exec(token)?.[1]
  return name === undefined ? { kind: 'bearer-token', owner: subject, expiresAt } : { kind: 'rancher-token', name }
}

/** What a plain cluster's credentials say of themselves: claims of a token, or a certificate's subject and end. */
export const describeCredential = ({ token, clientCert }: SiteSecret): Credential | undefined => {
  if (token !== undefined) return tokenCredential(token)
  if (clientCert === undefined) return undefined
  const { subject, validToDate } = new X509Certificate(clientCert)
  const owner = /^CN=(.+)$/m.exec(subject)?.[1]
  return { kind: 'client-certificate', name: owner, owner, expiresAt: validToDate.toISOString() }
}

/** The user that a plain cluster sees (SelfSubjectReview, Kubernetes 1.28 and newer); undefined where it does not tell. */
export const readClusterUser = async (caller: SiteCaller, signal?: AbortSignal): Promise<string | undefined> => {
  try {
    const { body } = await caller.json({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      contentType: 'application/json',
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
      signal,
    })
    return asText(asRecord(asRecord(body['status'])['userInfo'])['username'])
  } catch (error) {
    if (hasStatus(error, 403, 404, 405)) return undefined
    throw error
  }
}
