import type { Feature } from '../../app/features.ts'

export const overviewFeature: Feature = {
  routes: [{ path: '/', name: 'overview', component: async () => await import('./pages/OverviewPage.vue') }],
}
