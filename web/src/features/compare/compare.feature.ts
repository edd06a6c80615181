import type { Feature } from '../../app/features.ts'

export const compareFeature: Feature = {
  routes: [
    { path: '/compare', name: 'compare', component: async () => await import('./pages/ComparePage.vue') },
    {
      path: '/compare/object',
      name: 'compare-object',
      component: async () => await import('./pages/ObjectDiffPage.vue'),
    },
  ],
}
