import type { Feature } from '../../app/features.ts'

export const settingsFeature: Feature = {
  routes: [
    { path: '/first-steps', name: 'first-steps', component: async () => await import('./pages/FirstStepsPage.vue') },
    {
      path: '/settings',
      component: async () => await import('./pages/SettingsLayout.vue'),
      redirect: '/settings/sites',
      children: [
        {
          path: 'sites',
          children: [
            { path: '', name: 'sites', component: async () => await import('./pages/SitesPage.vue') },
            { path: 'rights', name: 'rights', component: async () => await import('./pages/TokenRightsPage.vue') },
            { path: ':siteId', name: 'site', component: async () => await import('./pages/SitePage.vue') },
          ],
        },
        { path: 'networks', name: 'networks', component: async () => await import('./pages/NetworksPage.vue') },
        {
          path: 'environments',
          name: 'environments',
          component: async () => await import('./pages/EnvironmentsPage.vue'),
        },
        { path: 'instances', name: 'instances', component: async () => await import('./pages/InstancesPage.vue') },
        {
          path: 'ignore-rules',
          name: 'ignore-rules',
          component: async () => await import('./pages/IgnoreRulesPage.vue'),
        },
        { path: 'people', name: 'people', component: async () => await import('./pages/PeoplePage.vue') },
        { path: 'profile', name: 'profile', component: async () => await import('./pages/ProfilePage.vue') },
      ],
    },
  ],
}
