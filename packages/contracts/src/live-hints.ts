import { z } from 'zod'

/** Topics of live hints: a query that names one in `staleAfter` is fetched again when a hint of it arrives. */
export const topics = [
  'me',
  'people',
  'sites',
  'networks',
  'environments',
  'instances',
  'inventory',
  'lists',
  'workloads',
  'views',
  'syncs',
] as const
export type Topic = (typeof topics)[number]

/** Subject of live hints of one topic. */
export const liveSubject = (organization: string, topic: Topic): string => `hub.live.${organization}.${topic}`

/** A live hint: something of this topic changed; `id` says which, when it is one thing. Not stored, may be lost. */
export const LiveHint = z.object({ topic: z.enum(topics), id: z.string().optional() })
export type LiveHint = z.output<typeof LiveHint>
