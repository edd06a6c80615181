import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { parse } from 'yaml'
import { startFleet } from './fleet.ts'
import type { ProxiedCluster } from './rancher/rancher-options.ts'

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
  }[]
  readonly users: readonly { readonly user: { readonly token: string } }[]
}

const readKubeconfig = (file: string): ProxiedCluster => {
  const { clusters, users } = parse(readFileSync(file, 'utf8')) as Kubeconfig
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user]
  if (cluster === undefined || user === undefined) throw new Error(`${file} names no cluster or no user with a token`)
  return {
    url: cluster.server,
    token: user.token,
    ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8'),
  }
}

const program = new Command('fleet')
  .description('A simulated fleet: two Rancher servers with the Lantern shop in three stages')
  .option('--port <number>', 'port of the first Rancher; the second takes the next one', '9443')
  .option('--workloads <number>', 'more workloads in each stage', '0')
  .option('--proxy-kubeconfig <file>', 'show a real cluster behind the first Rancher')
  .parse()
const { port, workloads, proxyKubeconfig } = program.opts<{
  port: string
  workloads: string
  proxyKubeconfig?: string
}>()

await using fleet = await startFleet({
  ports: [Number(port), Number(port) + 1],
  workloads: Number(workloads),
  real: proxyKubeconfig === undefined ? undefined : readKubeconfig(proxyKubeconfig),
})
for (const { name, url, token } of Object.values(fleet.ranchers))
  process.stdout.write(`${name}\n  address  ${url}\n  token    ${token}\n`)
process.stdout.write('The shop is in namespace shop (dev, production) and shop-staging. Ctrl-C stops the fleet.\n')
await new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
})
