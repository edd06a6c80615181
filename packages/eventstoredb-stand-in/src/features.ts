import type * as features from '@eventstore/db-client/generated/serverfeatures_pb.js'
import { type sendUnaryData, status } from '@grpc/grpc-js'
import { type Faults, takes } from './faults.ts'
import { Features } from './protocol.ts'

const supported = (version: string): features.SupportedMethods => {
  const methods = new Features.SupportedMethods()
  methods.setEventStoreServerVersion(version)
  const add = (service: string, name: string, provides: readonly string[]): void => {
    const method = new Features.SupportedMethod()
    method.setServiceName(service)
    method.setMethodName(name)
    method.setFeaturesList([...provides])
    methods.addMethods(method)
  }
  add('event_store.client.streams.streams', 'append', [])
  add('event_store.client.streams.streams', 'batchappend', ['deadline_duration'])
  add('event_store.client.streams.streams', 'read', ['position', 'events'])
  add('event_store.client.server_features.serverfeatures', 'getsupportedmethods', [])
  return methods
}

/** `ServerFeatures/GetSupportedMethods`: what clients ask before anything else. */
export const answerFeatures =
  (faults: Faults, version: string) =>
  (_call: unknown, callback: sendUnaryData<features.SupportedMethods>): void => {
    if (faults.hang) return
    const odd = takes(faults, 'oddFeatures')
    const answer = (): void => {
      if (odd) callback({ code: status.INTERNAL, details: 'starting' })
      else callback(null, supported(version))
    }
    if (faults.latencyMs > 0) setTimeout(answer, faults.latencyMs)
    else answer()
  }
