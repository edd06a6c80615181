import type { KubernetesObject } from '@rancher-hub/kubernetes'
import { describe, expect, it } from 'vitest'
import type { KubeApi } from '../connection/kube-api.ts'
import { leanApi } from './lean-lists.ts'
import { listKind } from './list-kind.ts'
import { reduceBy } from './reduce.ts'
import {
  deploymentOf,
  jobOf,
  keysOf,
  podOf,
  replicaSetOf,
  startScriptedInventory,
} from './scripted-inventory.fixtures.ts'

const { signal } = new AbortController()

/** An API that lists one object a page, and tells when a page is asked for. */
const pagedApi = (objects: readonly KubernetesObject[], asked: (page: number) => void): KubeApi =>
  ({
    host: 'cluster.example',
    list: async function* () {
      for (const [index, object] of objects.entries()) {
        asked(index)
        yield { items: [object], resourceVersion: '7' }
      }
    },
  }) as Partial<KubeApi> as KubeApi

describe('lists that are reduced as they come', () => {
  it('keep no page as it was sent until the last has come', async () => {
    const objects = [deploymentOf('a', 1, 1), deploymentOf('b', 1, 1), deploymentOf('c', 1, 1)]
    const seen: string[] = []
    const api = leanApi(
      pagedApi(objects, (page) => seen.push(`page ${page}`)),
      (kind, { metadata }) => {
        seen.push(`${kind} ${metadata.name}`)
        return {}
      },
    )
    const listed = await listKind(api, { kind: 'Deployment', namespace: 'shop', signal })
    expect(seen).toEqual(['page 0', 'Deployment a', 'page 1', 'Deployment b', 'page 2', 'Deployment c'])
    expect(listed.resourceVersion).toBe('7')
    expect(JSON.stringify(listed.objects)).not.toContain('containers')
  })

  it('tell an inventory what the objects themselves would', async () => {
    await using whole = await startScriptedInventory()
    await using lean = await startScriptedInventory()
    const keys = await keysOf('org')
    const set = { kind: 'ReplicaSet', name: 'cart-1' }
    const helm = { kind: 'Secret', metadata: { name: 'sh.helm.release.v1.a.v1', labels: { owner: 'helm' } }, data: {} }
    const secret = { kind: 'Secret', metadata: { name: 'db', uid: 'db' }, data: { password: 'Y2FuYXJ5LTdjMQ==' } }
    const lists = {
      Deployment: [deploymentOf('cart', 2, 1)],
      ReplicaSet: [replicaSetOf('cart-1', 'cart')],
      Pod: [podOf('a', 'no-image', set), podOf('b', 'ready', set)],
      Job: [jobOf('import', undefined), jobOf('report-1', 'report')],
      Secret: [helm, secret],
    }
    for (const [name, objects] of Object.entries(lists)) {
      const kind = name as keyof typeof lists
      const api = leanApi(
        pagedApi(objects, () => {}),
        reduceBy(keys),
      )
      const listed = await listKind(api, { kind, namespace: 'shop', signal })
      expect(JSON.stringify(listed)).not.toContain('Y2FuYXJ5LTdjMQ')
      lean.list(kind, ...listed.objects)
      whole.list(kind, ...objects)
    }
    const shown = ({ inventory }: typeof lean) => ({
      objects: inventory.objects().map((object) => ({
        summary: { ...inventory.summary(object), digest: '', keys: {} },
        status: inventory.status(object),
        counts: inventory.counts(object),
      })),
      customs: inventory.customs(),
      hidden: inventory.state().hidden,
    })
    expect(shown(lean)).toEqual(shown(whole))
    expect(shown(lean)).toMatchObject({
      hidden: [{ reason: 'helm-release', count: 1 }],
      objects: [{ status: { message: '1 of 2 pods: ImagePullBackOff, registry says not found' } }, {}],
    })
  })
})
