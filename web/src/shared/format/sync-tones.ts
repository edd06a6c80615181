import type { SyncState } from '@rancher-hub/contracts'
import type { Tone } from './tone.ts'

/** How the states of a sync look. */
export const syncTones: Readonly<Record<SyncState, Tone>> = {
  planning: 'running',
  planned: 'attention',
  executing: 'running',
  stopping: 'running',
  completed: 'ok',
  'partially-completed': 'attention',
  failed: 'bad',
  cancelled: 'neutral',
  refused: 'neutral',
  expired: 'neutral',
}
