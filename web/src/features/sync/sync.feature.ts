import type { Feature } from '../../app/features.ts'

export const syncFeature: Feature = {
  routes: [
    { path: '/history', name: 'history', component: async () => await import('./pages/HistoryPage.vue') },
    { path: '/syncs/:id', name: 'sync', component: async () => await import('./pages/SyncPage.vue') },
  ],
}
