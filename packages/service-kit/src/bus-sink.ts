import type { Bus } from '@rancher-hub/bus'
import type { Document, ReadModels } from '@rancher-hub/read-model'
import { encode } from './envelope.ts'
import type { EventSink } from './publisher.ts'

interface Passed extends Document {
  readonly position: number
}

/** Public events on the hub's own bus. How far it is stands in the service's read models. */
export const openBusSink = async (bus: Bus, models: ReadModels, head: () => Promise<number>): Promise<EventSink> => {
  const passed = await models.collection<Passed>('_published')
  return {
    name: 'bus',
    lastPosition: async (service) => {
      const known = await passed.get(service)
      const end = await head()
      // Nobody on this bus waits for what was before its first day: read models may be thrown away, and the store
      // replaced by an older one, without replaying history.
      return Math.min(known?.position ?? end, end)
    },
    publish: async (subject, event) =>
      await bus.publish(subject, encode(event), { 'content-type': 'application/cloudevents+json' }),
    passed: async (service, position) => {
      await passed.write({ kind: 'put', doc: { _id: service, position } })
    },
  }
}
