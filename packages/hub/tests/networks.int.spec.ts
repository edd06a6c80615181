import {
  changeNetworks,
  connectSite,
  getNetworks,
  getSite,
  listClusters,
  previewNetworks,
} from '@rancher-hub/contracts'
import { startFleet } from '@rancher-hub/fleet'
import { describe, expect, it } from 'vitest'
import { openTestHub, shapes } from './hub.fixtures.ts'

describe.each(shapes)('networks, %s', (shape, possible) => {
  it.skipIf(!possible)(
    'are set over HTTP, hold at once, and are left as they are by who saw an older state',
    async () => {
      await using fleet = await startFleet({ stepMs: 1 })
      await using test = await openTestHub({}, shape)
      const { administrator: ada } = test
      const { name, url, token } = fleet.ranchers.dev
      const { id: siteId } = await ada.call(connectSite, { name, connection: { kind: 'rancher', url, token } })
      await ada.call(listClusters, { siteId })
      const rules = { mode: 'listed' as const, allowed: [{ target: '10.20.0.0/16', note: 'Data centre' }] }
      expect(await ada.call(previewNetworks, rules)).toMatchObject({ refused: [{ id: siteId }] })
      const unasked = ada.call(changeNetworks, { ...rules, revision: 0 })
      await expect(unasked).rejects.toMatchObject({ status: 409, code: 'sites-refused' })
      await ada.call(changeNetworks, { ...rules, revision: 0, acceptRefused: true })
      await expect(ada.call(listClusters, { siteId })).rejects.toMatchObject({ code: 'site-problem' })
      await expect.poll(async () => (await ada.call(getSite, { siteId })).problem?.code).toBe('address-refused')
      const late = ada.call(changeNetworks, { mode: 'open', allowed: [], revision: 0 })
      await expect(late).rejects.toMatchObject({ status: 409, code: 'changed-meanwhile' })
      await ada.call(changeNetworks, { mode: 'listed', allowed: [{ target: '127.0.0.1' }], revision: 1 })
      expect((await ada.call(listClusters, { siteId })).items).not.toEqual([])
      expect(await ada.call(getNetworks, {})).toMatchObject({ revision: 2, changes: [{ by: 'Ada' }, { by: 'Ada' }] })
    },
  )
})
