import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Item } from './sync.ts'

/** Names a plan: SHA-256 over the RFC 8785 form of what will be written, item by item. */
export const planHashOf = (items: Iterable<Item>): string => {
  const plan = [...items].map(({ id, target, object, selection, state, plan }) => ({
    id,
    target: target.id,
    object,
    selection,
    state,
    ...(plan === undefined
      ? {}
      : { action: plan.action, preconditions: plan.preconditions, patchDigest: plan.patchDigest }),
  }))
  return `sha256:${createHash('sha256')
    .update(canonicalize(plan) ?? '')
    .digest('hex')}`
}
