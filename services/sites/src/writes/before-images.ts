import { gunzipSync, gzipSync } from 'node:zlib'
import { type EventStore, WrongExpectedRevisionError } from '@rancher-hub/event-store'
import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { type Cause, deterministicId, streamName, toNewEvents } from '@rancher-hub/service-kit'
import { z } from 'zod'
import type { OrganizationKeys } from '../credentials/keyring.ts'

/** Characters of base64 in one part. */
const PART_SIZE = 256_000
const PARTS_PER_APPEND = 3

const Part = z.object({
  index: z.number().int(),
  count: z.number().int(),
  iv: z.string(),
  tag: z.string(),
  data: z.string(),
})

/** Objects as they were before a write, encrypted, in streams named by their content. */
export interface BeforeImages {
  /** Stores an object and returns the name of its stream. Storing the same content again writes nothing. */
  store(object: KubernetesObject, keys: OrganizationKeys, cause: Cause): Promise<string>
  /** @throws SealBrokenError; Error when it is not complete */
  read(stream: string, organization: string, keys: OrganizationKeys): Promise<KubernetesObject>
}

/** What an undo needs: everything but what the cluster writes by itself. */
const contentOf = (object: KubernetesObject): string => {
  const { status: _, metadata, ...rest } = object
  const { managedFields: __, ...kept } = metadata
  return JSON.stringify({ ...rest, metadata: kept })
}

export const createBeforeImages = (deps: { readonly store: EventStore; readonly now: () => Date }): BeforeImages => {
  const partsOf = async (stream: string): Promise<z.output<typeof Part>[]> => {
    const parts: z.output<typeof Part>[] = []
    for await (const event of deps.store.readStream(stream)) parts.push(Part.parse(event.data))
    return parts
  }

  return {
    store: async (object, keys, cause) => {
      const content = contentOf(object)
      const name = keys.digest('blob', content)
      const stream = streamName('blob', cause.organization, name)
      const sealed = keys.sealBlob(name, gzipSync(Buffer.from(content, 'utf8'), { level: 6 }))
      const count = Math.ceil(sealed.data.length / PART_SIZE)
      const events = Array.from({ length: count }, (_, index) => ({
        type: 'BlobPartStored',
        data: {
          index,
          count,
          iv: sealed.iv,
          tag: sealed.tag,
          data: sealed.data.slice(index * PART_SIZE, (index + 1) * PART_SIZE),
        },
      }))
      const stored = toNewEvents(events, cause, deps.now(), (index) =>
        deterministicId('blob', cause.organization, name, index),
      )
      for (let done = (await partsOf(stream)).length; done < count; ) {
        const batch = stored.slice(done, done + PARTS_PER_APPEND)
        try {
          await deps.store.append(stream, batch, { expected: done === 0 ? 'none' : done - 1 })
          done += batch.length
        } catch (error) {
          // Another write of the same content was faster; its parts are the same.
          if (!(error instanceof WrongExpectedRevisionError)) throw error
          done = error.actual + 1
        }
      }
      return stream
    },
    read: async (stream, organization, keys) => {
      const parts = await partsOf(stream)
      const [first] = parts
      if (first === undefined || parts.length !== first.count)
        throw new Error(`The before-image ${stream} is not complete`)
      const name = stream.slice(streamName('blob', organization, '').length)
      const data = parts.map((part) => part.data).join('')
      return JSON.parse(
        gunzipSync(keys.openBlob(name, { iv: first.iv, tag: first.tag, data })).toString('utf8'),
      ) as KubernetesObject
    },
  }
}
