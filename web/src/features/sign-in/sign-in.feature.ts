import type { Feature } from '../../app/features.ts'

export const signInFeature: Feature = {
  routes: [
    {
      path: '/sign-in',
      name: 'sign-in',
      meta: { isPublic: true },
      component: async () => await import('./pages/SignInPage.vue'),
    },
    {
      path: '/link',
      name: 'link',
      meta: { isPublic: true },
      component: async () => await import('./pages/LinkPage.vue'),
    },
  ],
}
