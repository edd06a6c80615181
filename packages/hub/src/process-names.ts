import type { CallerName } from '@rancher-hub/contracts'

/** The processes of the distributed shape. */
export const processNames = [
  'gateway',
  'auth',
  'sites',
  'sync',
  'registry',
  'monitor',
] as const satisfies readonly CallerName[]
