import type { Feature } from '../../app/features.ts'

export const workloadsFeature: Feature = {
  routes: [
    {
      path: '/instances/:instanceId/workloads/:kind/:name',
      name: 'workload',
      component: async () => await import('./pages/WorkloadPage.vue'),
    },
  ],
}
