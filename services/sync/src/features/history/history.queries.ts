import { exportSyncs, getSync, type InputOf, listSyncItems, listSyncLog, listSyncs } from '@rancher-hub/contracts'
import type { Filter, ReadModels } from '@rancher-hub/read-model'
import { type Handler, handleQuery, handleStream, refuse } from '@rancher-hub/service-kit'
import { type ItemDoc, type LogDoc, type SyncDoc, toItem, toLogEntry, toSummary, toSync } from './sync-docs.ts'

type HistoryFilter = Omit<InputOf<typeof listSyncs>, 'offset' | 'limit'>

const filterOf = (org: string, wanted: HistoryFilter): Filter => {
  const { text, state, instanceId, kind, name, personId, from, to } = wanted
  // A filter names each field once; `$or` of one carries what else is asked of the same fields.
  const also = {
    ...(to === undefined ? {} : { requestedAt: { $lte: to } }),
    // Objects stand in the text as «kind name», each followed by a space.
    ...(kind === undefined || name === undefined ? {} : { search: { $contains: `${kind} ${name} `.toLowerCase() } }),
  }
  return {
    org,
    ...(Object.keys(also).length === 0 ? {} : { $or: [also] }),
    ...(text === undefined || text === '' ? {} : { search: { $contains: text.toLowerCase() } }),
    ...(state === undefined || state.length === 0 ? {} : { state: { $in: state } }),
    ...(instanceId === undefined ? {} : { instanceIds: { $contains: instanceId } }),
    ...(personId === undefined ? {} : { 'requestedBy.id': personId }),
    ...(from === undefined ? {} : { requestedAt: { $gte: from } }),
  }
}

const EXPORT_PAGE = 100

/** History's list, pages and export, from the read models. */
export const createHistoryQueries = async (models: ReadModels): Promise<readonly Handler[]> => {
  const syncs = await models.collection<SyncDoc>('syncs')
  const items = await models.collection<ItemDoc>('sync_items')
  const log = await models.collection<LogDoc>('sync_log')

  const syncOf = async (org: string, syncId: string): Promise<SyncDoc> => {
    const doc = await syncs.get(syncId)
    if (doc === undefined || doc.org !== org) throw refuse(getSync, 'not-found', undefined, 'There is no such sync.')
    return doc
  }

  return [
    handleQuery(getSync, async ({ syncId }, ctx) => toSync(await syncOf(ctx.organization, syncId))),
    handleQuery(listSyncItems, async ({ syncId, offset, limit }, ctx) => {
      await syncOf(ctx.organization, syncId)
      const filter = { org: ctx.organization, syncId }
      const found = await items.find(filter, { sort: [['index', 'asc']], skip: offset, limit })
      return { items: found.map(toItem), total: await items.count(filter) }
    }),
    handleQuery(listSyncLog, async ({ syncId, offset, limit }, ctx) => {
      await syncOf(ctx.organization, syncId)
      const filter = { org: ctx.organization, syncId }
      const found = await log.find(filter, { sort: [['revision', 'asc']], skip: offset, limit })
      return { items: found.map(toLogEntry), total: await log.count(filter) }
    }),
    handleQuery(listSyncs, async ({ offset, limit, ...wanted }, ctx) => {
      const filter = filterOf(ctx.organization, wanted)
      const found = await syncs.find(filter, { sort: [['requestedAt', 'desc']], skip: offset, limit })
      return { items: found.map(toSummary), total: await syncs.count(filter) }
    }),
    handleStream(exportSyncs, async function* (wanted, ctx) {
      const filter = filterOf(ctx.organization, wanted)
      for (let skip = 0; ; skip += EXPORT_PAGE) {
        const page = await syncs.find(filter, { sort: [['requestedAt', 'asc']], skip, limit: EXPORT_PAGE })
        for (const doc of page) {
          const found = await items.find({ org: ctx.organization, syncId: doc._id }, { sort: [['index', 'asc']] })
          yield { ...toSummary(doc), items: found.map(toItem) }
        }
        if (page.length < EXPORT_PAGE) return
      }
    }),
  ]
}
