import { describe, expect, it } from 'vitest'
import { createApp, defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, RouterView } from 'vue-router'
import { type ListAddress, useListState } from './use-list-state.ts'

const open = async (address: string) => {
  let list: ListAddress | undefined
  const page = defineComponent(() => {
    list = useListState('workloads')
    return () => null
  })
  const routes = [
    { path: '/workloads', component: page },
    { path: '/', component: defineComponent(() => () => null) },
  ]
  const router = createRouter({ history: createMemoryHistory(), routes })
  await router.push('/')
  await router.push(address)
  const app = createApp({ render: () => h(RouterView) })
  app.use(router).mount(document.createElement('div'))
  await router.isReady()
  if (list === undefined) throw new Error('The page was not made')
  const shows = async (query: string): Promise<void> =>
    await expect.poll(() => router.currentRoute.value.fullPath).toBe(`/workloads${query}`)
  return { list, router, shows }
}

describe('the state of a list in its address', () => {
  it('goes back one step for each change, and begins at the first page', async () => {
    const { list, router, shows } = await open('/workloads?page=3')
    list.setFilter({ kind: ['CronJob'] })
    await shows('?kind=CronJob')
    list.change({ sort: 'status' })
    await shows('?kind=CronJob&sort=status')
    router.back()
    await shows('?kind=CronJob')
    expect(list.state.value).toMatchObject({ filter: { kind: ['CronJob'] }, sort: 'name', page: 1 })
    router.back()
    await shows('?page=3')
    expect(list.state.value).toMatchObject({ filter: {}, page: 3 })
  })

  it('takes typing as one step', async () => {
    const { list, router, shows } = await open('/workloads?kind=CronJob')
    for (const text of ['c', 'ca', 'cart']) {
      list.setFilter({ text }, true)
      await shows(`?kind=CronJob&text=${text}`)
    }
    router.back()
    await shows('?kind=CronJob')
    expect(list.state.value.filter).toEqual({ kind: ['CronJob'] })
  })

  it('keeps both of two changes at once', async () => {
    const { list, shows } = await open('/workloads')
    list.setFilter({ kind: ['CronJob'] })
    list.setFilter({ status: ['stalled'] })
    expect(list.state.value.filter).toEqual({ kind: ['CronJob'], status: ['stalled'] })
    await shows('?kind=CronJob&status=stalled')
  })
})
