import { createHmac, randomBytes } from 'node:crypto'
import type { EventStore } from '@rancher-hub/event-store'
import { decideAndAppend, loadAggregate, newId, streamName } from '@rancher-hub/service-kit'
import { deriveKey, KEY_BYTES, type Sealed, seal, unseal } from './seal.ts'
import { type DataKeyCreated, VAULT_ID, vault } from './vault.ts'

/** Where stored credentials belong; opening them for another place fails. */
export interface CredentialBinding {
  readonly siteId: string
  /** Scheme, host and port to which the credentials may be sent. */
  readonly origin: string
}

/** What keyed digests are made for: equal content gives different digests for different purposes. */
export type DigestPurpose = 'secret-value' | 'blob' | 'patch'

/** The keys of one organization. None of them leaves the service. */
export interface OrganizationKeys {
  sealCredentials(binding: CredentialBinding, plaintext: string): Sealed
  /** @throws SealBrokenError */
  openCredentials(binding: CredentialBinding, sealed: Sealed): string
  /** HMAC-SHA-256, hex: says «equal» or «different» and cannot be guessed without the key. */
  digest(purpose: DigestPurpose, content: string | Uint8Array): string
  /** Encrypts content that is named by its keyed digest: the same content gives the same ciphertext. */
  sealBlob(name: string, content: Uint8Array): Sealed
  /** @throws SealBrokenError */
  openBlob(name: string, sealed: Sealed): Buffer
}

export interface Keyring {
  of(organization: string): Promise<OrganizationKeys>
}

const organizationKeys = (organization: string, dataKey: Uint8Array): OrganizationKeys => {
  const credentialKey = deriveKey(dataKey, 'credentials')
  const digestKeys = {
    'secret-value': deriveKey(dataKey, 'digest secret-value'),
    blob: deriveKey(dataKey, 'digest blob'),
    patch: deriveKey(dataKey, 'digest patch'),
  }
  const bindingOf = ({ siteId, origin }: CredentialBinding) =>
    JSON.stringify(['credentials', organization, siteId, origin])
  const blobBinding = (name: string) => JSON.stringify(['blob', organization, name])
  const blobKey = (name: string) => deriveKey(dataKey, `blob ${name}`)
  return {
    sealCredentials: (binding, plaintext) => seal(credentialKey, Buffer.from(plaintext, 'utf8'), bindingOf(binding)),
    openCredentials: (binding, sealed) => unseal(credentialKey, sealed, bindingOf(binding)).toString('utf8'),
    digest: (purpose, content) => createHmac('sha256', digestKeys[purpose]).update(content).digest('hex'),
    sealBlob: (name, content) => {
      // One key per content, and an iv that follows from the bytes: no key ever meets one iv with two contents.
      const key = blobKey(name)
      const iv = createHmac('sha256', key).update(content).digest().subarray(0, 12)
      return seal(key, content, blobBinding(name), iv)
    },
    openBlob: (name, sealed) => unseal(blobKey(name), sealed, blobBinding(name)),
  }
}

/** Opens the keys of organizations with the master key (32 bytes); a data key is made on first use. */
export const createKeyring = (options: {
  readonly masterKey: Uint8Array
  readonly store: EventStore
  readonly now: () => Date
}): Keyring => {
  if (options.masterKey.byteLength !== KEY_BYTES)
    throw new Error(`The master key must have ${KEY_BYTES} bytes, not ${options.masterKey.byteLength}`)
  const wrapKey = deriveKey(options.masterKey, 'wrap data keys')
  const masterKeyId = createHmac('sha256', deriveKey(options.masterKey, 'name'))
    .update('master key')
    .digest('hex')
    .slice(0, 16)
  const opened = new Map<string, Promise<OrganizationKeys>>()

  const open = async (organization: string): Promise<OrganizationKeys> => {
    const binding = JSON.stringify(['data key', organization])
    const fresh = seal(wrapKey, randomBytes(KEY_BYTES), binding)
    await decideAndAppend(
      options,
      vault,
      VAULT_ID,
      (state): readonly DataKeyCreated[] =>
        state.dataKey === undefined ? [{ type: 'DataKeyCreated', data: { wrapped: fresh, masterKeyId } }] : [],
      { organization, actor: { kind: 'service', name: 'sites' }, correlationId: newId(), causationId: newId() },
    )
    const { state } = await loadAggregate(options.store, vault, streamName(vault.category, organization, VAULT_ID))
    if (state.dataKey === undefined) throw new Error('The data key is not there after it was made')
    return organizationKeys(organization, unseal(wrapKey, state.dataKey.wrapped, binding))
  }

  return {
    of: async (organization) => {
      const known = opened.get(organization)
      if (known !== undefined) return await known
      const opening = open(organization)
      opened.set(organization, opening)
      opening.catch(() => opened.delete(organization))
      return await opening
    },
  }
}
