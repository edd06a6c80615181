export {
  type ApiClient,
  type ApiClientOptions,
  type CallOptions,
  createApiClient,
  type OverHttp,
} from './api-client.ts'
export { type FeedState, type LiveFeed, type LiveFeedOptions, liveFeed } from './live-feed.ts'
export { type FieldProblem, ProblemError } from './problem-error.ts'
