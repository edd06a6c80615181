import type { ConfigReader, getConfigObject, ResultOf } from '@rancher-hub/contracts'

export type ConfigPage = ResultOf<typeof getConfigObject>

/** Readers of one key: those that name it, and those that read everything. */
export const readersOf = (readers: readonly ConfigReader[], key: string): ConfigReader[] =>
  readers.filter(({ keys }) => keys === undefined || keys.includes(key))
