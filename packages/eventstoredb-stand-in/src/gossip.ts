import type * as gossip from '@eventstore/db-client/generated/gossip_pb.js'
import { Gossip, Shared } from './protocol.ts'

/** What a member of a cluster of one says to clients that look for the leader: it is here. */
export const clusterInfo = (port: number): gossip.ClusterInfo => {
  const id = new Shared.UUID()
  id.setString('00000000-0000-4000-8000-000000000001')
  const place = new Gossip.EndPoint()
  place.setAddress('127.0.0.1')
  place.setPort(port)
  const member = new Gossip.MemberInfo()
  member.setInstanceId(id)
  member.setState(Gossip.MemberInfo.VNodeState.LEADER)
  member.setIsAlive(true)
  member.setHttpEndPoint(place)
  const info = new Gossip.ClusterInfo()
  info.addMembers(member)
  return info
}
