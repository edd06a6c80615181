import type { Normalized } from '@rancher-hub/kubernetes'
import { LRUCache } from 'lru-cache'

/** Contents that plans were made from, by digest: conflicts can then name the fields. Forgetting one only costs that. */
export interface RecentContents {
  remember(digest: string, content: Normalized): void
  get(digest: string): Normalized | undefined
}

/** Keeps the latest `max` contents, in memory. */
export const createRecentContents = (max = 2000): RecentContents => {
  const contents = new LRUCache<string, Normalized>({ max })
  return {
    get: (digest) => contents.get(digest),
    remember: (digest, content) => void contents.set(digest, content),
  }
}
