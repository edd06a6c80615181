import { canonicalText, digestOfText, type KubernetesObject, type Normalized, normalize } from '@rancher-hub/kubernetes'
import type { OrganizationKeys } from '../credentials/keyring.ts'

/** Keyed digest of one Secret value: the same value gives the same digest in every site of the organization. */
export const secretDigestBy =
  (keys: OrganizationKeys) =>
  (_key: string, value: Buffer): string =>
    `hmac:${keys.digest('secret-value', value)}`

/** Normal form of an object that was just read, as a value and as canonical text, and its digest. */
export const canonicalBy = (
  keys: OrganizationKeys,
  object: KubernetesObject,
): { readonly content: Normalized; readonly json: string; readonly digest: string } => {
  const content = normalize(object, { secretDigest: secretDigestBy(keys) })
  const json = canonicalText(content)
  return { content, json, digest: digestOfText(json) }
}

/** Normal form and digest of an object that was just read. Secret values do not outlive this call. */
export const normalizedBy = (
  keys: OrganizationKeys,
  object: KubernetesObject,
): { readonly content: Normalized; readonly digest: string } => {
  const { content, digest } = canonicalBy(keys, object)
  return { content, digest }
}
