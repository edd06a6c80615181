import type { LandscapeEvent, SiteReach } from './landscape-events.ts'

type Of<T extends LandscapeEvent['type']> = Extract<LandscapeEvent, { type: T }>

/** Ids of specs, readable where they show up. */
export const ids = {
  site: '6f1c3a52-3333-4a6e-9d43-0a5a2f6a9f03',
  environment: '6f1c3a52-4444-4a6e-9d43-0a5a2f6a9f04',
  instance: '6f1c3a52-5555-4a6e-9d43-0a5a2f6a9f05',
  other: '6f1c3a52-9999-4a6e-9d43-0a5a2f6a9f09',
} as const

export const reach: SiteReach = {
  kind: 'rancher',
  url: 'https://rancher.example.com',
  origin: 'https://rancher.example.com',
  credentialsId: '6f1c3a52-7777-4a6e-9d43-0a5a2f6a9f07',
  serverVersion: 'v2.15.0',
}

export const siteConnected = (change: Partial<Of<'SiteConnected'>['data']> = {}): Of<'SiteConnected'> => ({
  type: 'SiteConnected',
  data: { siteId: ids.site, name: 'Europe', ...reach, ...change },
})

export const environmentCreated = (
  change: Partial<Of<'EnvironmentCreated'>['data']> = {},
): Of<'EnvironmentCreated'> => ({
  type: 'EnvironmentCreated',
  data: { environmentId: ids.environment, name: 'Dev', colour: '#1f6feb', protected: false, rank: 0, ...change },
})

export const bound = (change: Partial<Of<'InstanceBound'>['data']> = {}): Of<'InstanceBound'> => ({
  type: 'InstanceBound',
  data: {
    instanceId: ids.instance,
    name: 'shop dev',
    environmentId: ids.environment,
    siteId: ids.site,
    clusterId: 'c-m-q7x5k2hd',
    clusterName: 'dev-eu',
    namespace: 'shop',
    ...change,
  },
})
