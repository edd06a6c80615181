import type { listSyncLog, ReturnOf, Sync, SyncItem, SyncSummary } from '@rancher-hub/contracts'
import type { Document } from '@rancher-hub/read-model'

/** One sync, as history and its page show it. */
export interface SyncDoc extends Document, Omit<Sync, 'id'> {
  readonly org: string
  /** Lower-case text that history's filter looks in. */
  readonly search: string
  readonly instanceIds: string
  readonly itemStates: Readonly<Record<string, string>>
}

/** One item of a sync. */
export interface ItemDoc extends Document, Omit<SyncItem, 'id'> {
  readonly org: string
  readonly syncId: string
  /** Place in the order of execution. */
  readonly index: number
}

/** One line of a sync's log. */
export interface LogDoc extends Document {
  readonly org: string
  readonly syncId: string
  readonly revision: number
  readonly time: string
  readonly type: string
  readonly text: string
  readonly actor: string
  readonly itemId?: string | undefined
}

/** Summary of a document, without what is the store's own. */
export const toSummary = (doc: SyncDoc): SyncSummary => ({ ...doc, id: doc._id })
export const toSync = (doc: SyncDoc): Sync => ({ ...doc, id: doc._id })
export const toItem = (doc: ItemDoc): SyncItem => ({ ...doc, id: doc._id })
export const toLogEntry = (doc: LogDoc): ReturnOf<typeof listSyncLog>['items'][number] => ({ ...doc })
