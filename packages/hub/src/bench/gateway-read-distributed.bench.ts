import { compareWithBare } from '@rancher-hub/gateway/bench'
import { withDistributedHub } from './bench-hub.ts'

const NAME = 'gateway-read-distributed'

/** The same read as `gateway-read`, with one process per service: gateway, NATS, sites, MongoDB. */
export const run = async () =>
  await withDistributedHub(
    NAME,
    async ({ hub, cookie }) => await compareWithBare(NAME, { port: Number(new URL(hub.url).port), cookie: cookie() }),
  )
