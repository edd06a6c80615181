import { getSite } from '@rancher-hub/contracts'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { describe, expect, it, vi } from 'vitest'
import { createApp, defineComponent, ref } from 'vue'
import { useContractQuery } from './use-contract.ts'

/** What the page asks of its server; the client takes the global function when it is made. */
const asked = vi.hoisted(() => {
  const addresses: string[] = []
  globalThis.fetch = async (address) => {
    addresses.push(String(address))
    return Response.json({})
  }
  return addresses
})

const siteId = '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03'

describe('a query that two components show', () => {
  it('is asked again as it was, also when one of them asks for another thing by now', async () => {
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    const shown = ref<string | undefined>()
    const app = createApp(
      defineComponent(() => {
        useContractQuery(getSite, { siteId })
        useContractQuery(getSite, () => (shown.value === undefined ? undefined : { siteId: shown.value }))
        return () => null
      }),
    )
    app.use(VueQueryPlugin, { queryClient: client }).mount(document.createElement('div'))
    await expect.poll(() => asked).toHaveLength(1)
    shown.value = siteId
    await expect.poll(() => client.getQueryCache().getAll()[0]?.getObserversCount()).toBe(2)
    await client.invalidateQueries()
    shown.value = undefined
    await expect.poll(() => client.getQueryCache().getAll()[0]?.getObserversCount()).toBe(1)
    const before = asked.length
    await client.invalidateQueries()
    expect(asked.slice(before)).toEqual([`/api/v1/sites/${siteId}`])
    app.unmount()
    client.clear()
  })
})
