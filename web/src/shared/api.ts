import { createApiClient } from '@rancher-hub/api-client'
import type { Contract } from '@rancher-hub/contracts'
import { reactive } from 'vue'

const unauthorized = new Set<() => void>()
/** Calls back when an answer says that the session has ended. */
export const onUnauthorized = (listener: () => void): void => void unauthorized.add(listener)

const behind = reactive(new Set<string>())
/** Services whose answers are behind what is stored: they catch up after a disturbance. */
export const servicesBehind: ReadonlySet<string> = behind

/** The hub's HTTP interface, typed by the contracts. */
export const api = createApiClient({
  baseUrl: '',
  onBehind: (service, isBehind) => {
    if (isBehind) behind.add(service)
    else behind.delete(service)
  },
  onUnauthorized: () => {
    for (const listener of unauthorized) listener()
  },
})

/** The address of a GET contract without path parameters, for links to files. */
export const hrefOf = (contract: Contract, input: Readonly<Record<string, unknown>>): string => {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(input))
    for (const each of [value].flat()) if (each !== undefined) query.append(key, String(each))
  return `/api/v1${contract.http?.path ?? ''}?${query}`
}
