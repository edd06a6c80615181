import { createApiClient } from '@rancher-hub/api-client'

const unauthorized = new Set<() => void>()
/** Calls back when an answer says that the session has ended. */
export const onUnauthorized = (listener: () => void): void => void unauthorized.add(listener)

/** The hub's HTTP interface, typed by the contracts. */
export const api = createApiClient({
  baseUrl: '',
  onUnauthorized: () => {
    for (const listener of unauthorized) listener()
  },
})
