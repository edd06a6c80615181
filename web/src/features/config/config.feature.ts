import type { Feature } from '../../app/features.ts'

export const configFeature: Feature = {
  routes: [
    {
      path: '/instances/:instanceId/config/:kind/:name',
      name: 'config-object',
      component: async () => await import('./pages/ConfigObjectPage.vue'),
    },
  ],
}
