import { nextTick } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from '../shared/composables/use-session.ts'
import { features } from './features.ts'
import { loadPageTexts } from './plugins/i18n.ts'

declare module 'vue-router' {
  interface RouteMeta {
    /** Open to everybody, without the shell. */
    isPublic?: boolean
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...features.flatMap((feature) => feature.routes),
    { path: '/:path(.*)*', name: 'not-found', component: async () => await import('./NotFoundPage.vue') },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
})

router.beforeEach(async (to) => {
  if (to.meta.isPublic === true) return true
  const session = useSession()
  if (await session.load()) {
    await loadPageTexts()
    return true
  }
  return { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})

// Screen readers and keyboards go on at the new page's title, or in the first field of its form.
router.afterEach(async (to, from) => {
  if (to.path === from.path) return
  await nextTick()
  if (document.activeElement instanceof HTMLInputElement) return
  document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true })
})
