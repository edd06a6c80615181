import type { Part } from '@rancher-hub/contracts'

const ASK_MS = 15_000
const SOON_MS = 2_000

/**
 * Milliseconds until a page asks again. Asking keeps the hub watching; it stops by itself when nobody asks. While other
 * instances are being read for the first time, no hint says when they are known.
 */
export const askAgainMs = (elsewhere: readonly { readonly part?: Part | undefined }[] | undefined): number =>
  elsewhere?.some(({ part }) => part?.state === 'loading') === true ? SOON_MS : ASK_MS
