import type { SyncItem, SyncState } from '@rancher-hub/contracts'
import type { Tone } from '../../shared/format/tone.ts'

/** How the states of an item look. */
export const itemTones: Readonly<Record<SyncItem['state'], Tone>> = {
  planning: 'running',
  ready: 'neutral',
  unchanged: 'neutral',
  conflict: 'bad',
  refused: 'bad',
  writing: 'running',
  written: 'running',
  'rolling-out': 'running',
  done: 'ok',
  failed: 'bad',
  cancelled: 'neutral',
}

export const isRunning = (state: SyncState): boolean =>
  state === 'planning' || state === 'executing' || state === 'stopping'
export const isBeforeExecution = (state: SyncState): boolean => state === 'planning' || state === 'planned'

/** Done share, items a minute, milliseconds left; nothing is guessed before the first item is done. */
export const progressOf = (ended: number, total: number, startedAt: string | undefined, now: Date) => {
  const share = total === 0 ? 0 : ended / total
  const elapsed = startedAt === undefined ? 0 : now.getTime() - new Date(startedAt).getTime()
  if (ended === 0 || elapsed <= 0) return { share, perMinute: undefined, leftMs: undefined }
  return { share, perMinute: (ended / elapsed) * 60_000, leftMs: ((total - ended) * elapsed) / ended }
}
