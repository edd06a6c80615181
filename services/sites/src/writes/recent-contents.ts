import type { Normalized } from '@rancher-hub/kubernetes'

/** Contents that plans were made from, by digest: conflicts can then name the fields. Forgetting one only costs that. */
export interface RecentContents {
  remember(digest: string, content: Normalized): void
  get(digest: string): Normalized | undefined
}

/** Keeps the latest `max` contents, in memory. */
export const createRecentContents = (max = 2000): RecentContents => {
  const contents = new Map<string, Normalized>()
  return {
    get: (digest) => contents.get(digest),
    remember: (digest, content) => {
      contents.delete(digest)
      contents.set(digest, content)
      const [oldest] = contents.keys()
      if (contents.size > max && oldest !== undefined) contents.delete(oldest)
    },
  }
}
