import type { SiteChange } from '@rancher-hub/contracts'
import type { ProblemError } from '../../shared/composables/use-contract.ts'

/** What others changed of a site while it was edited, and the revision that knows of it. */
export interface Conflict {
  readonly changes: readonly SiteChange[]
  readonly revision: number
}

/** The conflict that an edit was refused with; undefined: it was something else. */
export const conflictOf = (error: ProblemError | null | undefined): Conflict | undefined =>
  error?.code === 'changed-meanwhile'
    ? {
        changes: (error.details?.['changes'] ?? []) as readonly SiteChange[],
        revision: error.details?.['revision'] as number,
      }
    : undefined
