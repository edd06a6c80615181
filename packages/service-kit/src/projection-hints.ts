import type { Changes } from './model-writer.ts'
import type { Projection } from './projection.ts'

/** Hints name at most that many documents; beyond, they say «many». */
const MAX_HINTS = 20

/** Tells which documents changed, by organization. */
export const sendHints = (
  projection: Projection,
  { changed, docs }: Changes,
  onChanged: (projection: Projection, organization: string, ids: ReadonlySet<string> | undefined) => void,
): void => {
  if (projection.topic === undefined) return
  const byOrganization = new Map<string, Set<string>>()
  for (const [id, organization] of changed) {
    const ids = byOrganization.get(organization) ?? new Set()
    const doc = docs.get(id)
    const hintId = doc === undefined ? id : projection.hintId(doc)
    if (hintId !== undefined) ids.add(hintId)
    byOrganization.set(organization, ids)
  }
  for (const [organization, ids] of byOrganization)
    onChanged(projection, organization, ids.size > MAX_HINTS ? undefined : ids)
}
