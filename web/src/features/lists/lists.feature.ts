import type { Feature } from '../../app/features.ts'

export const listsFeature: Feature = {
  routes: [
    { path: '/workloads', name: 'workloads', component: async () => await import('./pages/WorkloadsPage.vue') },
    { path: '/config', name: 'config', component: async () => await import('./pages/ConfigPage.vue') },
    {
      // The list of one app instance is the list of all, narrowed.
      path: '/instances/:instanceId/workloads',
      redirect: ({ params }) => ({ path: '/workloads', query: { instance: String(params['instanceId']) } }),
    },
  ],
}
