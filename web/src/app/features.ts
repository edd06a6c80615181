import {
  mdiCogOutline,
  mdiCompare,
  mdiCubeOutline,
  mdiFileCogOutline,
  mdiHistory,
  mdiViewDashboardOutline,
} from '@mdi/js'
import type { RouteRecordRaw } from 'vue-router'
import { compareFeature } from '../features/compare/compare.feature.ts'
import { configFeature } from '../features/config/config.feature.ts'
import { listsFeature } from '../features/lists/lists.feature.ts'
import { overviewFeature } from '../features/overview/overview.feature.ts'
import { settingsFeature } from '../features/settings/settings.feature.ts'
import { signInFeature } from '../features/sign-in/sign-in.feature.ts'
import { syncFeature } from '../features/sync/sync.feature.ts'
import { workloadsFeature } from '../features/workloads/workloads.feature.ts'

/** What a feature adds to the application: routes whose pages load when they are opened. */
export interface Feature {
  readonly routes: readonly RouteRecordRaw[]
}

export const features: readonly Feature[] = [
  signInFeature,
  overviewFeature,
  compareFeature,
  syncFeature,
  listsFeature,
  workloadsFeature,
  configFeature,
  settingsFeature,
]

/** The rail. On phones, the bar at the bottom has room for the first ones; the rest is behind «More». */
export const navigation = [
  { to: '/', title: 'app.nav.overview', icon: mdiViewDashboardOutline },
  { to: '/compare', title: 'app.nav.compare', icon: mdiCompare },
  { to: '/workloads', title: 'app.nav.workloads', icon: mdiCubeOutline },
  { to: '/config', title: 'app.nav.config', icon: mdiFileCogOutline },
  { to: '/history', title: 'app.nav.history', icon: mdiHistory },
  { to: '/settings', title: 'app.nav.settings', icon: mdiCogOutline },
] as const
