import { createRequire } from 'node:module'
import type * as gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import type * as gossip from '@eventstore/db-client/generated/gossip_pb.js'
import type * as featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import type * as features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import type * as shared from '@eventstore/db-client/generated/shared_pb.js'
import type * as statuses from '@eventstore/db-client/generated/status_pb.js'
import type * as streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type * as streams from '@eventstore/db-client/generated/streams_pb.js'

/** EventStoreDB's messages, as the official client ships them: CommonJS without named exports. */
const load = createRequire(import.meta.url)
const folder = '@eventstore/db-client/generated'

export const StreamsService = (load(`${folder}/streams_grpc_pb.js`) as typeof streamsGrpc).StreamsService
export const FeaturesService = (load(`${folder}/serverfeatures_grpc_pb.js`) as typeof featuresGrpc)
  .ServerFeaturesService
export const GossipService = (load(`${folder}/gossip_grpc_pb.js`) as typeof gossipGrpc).GossipService
export const Gossip = load(`${folder}/gossip_pb.js`) as typeof gossip
export const Streams = load(`${folder}/streams_pb.js`) as typeof streams
export const Features = load(`${folder}/serverfeatures_pb.js`) as typeof features
export const Shared = load(`${folder}/shared_pb.js`) as typeof shared
export const Statuses = load(`${folder}/status_pb.js`) as typeof statuses

interface AnyMessage {
  pack(serialized: Uint8Array, name: string): void
}
const fromClient = createRequire(load.resolve('@eventstore/db-client'))
const { Any } = fromClient('google-protobuf/google/protobuf/any_pb.js') as { readonly Any: new () => AnyMessage }
const { Empty } = fromClient('google-protobuf/google/protobuf/empty_pb.js') as { readonly Empty: new () => object }

/** The well-known types, from the copy of protobuf that the messages were generated for. */
export const WellKnown = { Any, Empty }
