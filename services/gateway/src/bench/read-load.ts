import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import autocannon from 'autocannon'
import type { BenchServer } from './bench-hub.ts'

const CONNECTIONS = 50
const ROUNDS = 3
const SECONDS = 4
const BAR = 0.4
const PATH = '/api/v1/environments'

interface Load {
  /** Requests per second. */
  readonly rate: number
  /** Milliseconds. */
  readonly p99: number
}

/** A server in a process of its own: `hub <folder>`, or `bare <answer>`. */
export const startChild = async (...args: string[]): Promise<{ child: ChildProcess; server: BenchServer }> => {
  const child = fork(join(import.meta.dirname, 'bench-child.ts'), args)
  const server = await new Promise<BenchServer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as BenchServer))
    child.once('exit', (code) => reject(new Error(`A server to measure ended with ${code}`)))
  })
  return { child, server }
}

const load = async ({ port, cookie }: BenchServer, seconds: number): Promise<Load> => {
  const result = await autocannon({
    url: `http://127.0.0.1:${port}${PATH}`,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { cookie },
  })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} answers were no success, ${result.errors} failed`)
  return { rate: result.requests.average, p99: result.latency.p99 }
}

const median = (loads: readonly Load[], of: (load: Load) => number): number =>
  loads.map(of).toSorted((a, b) => a - b)[Math.floor(loads.length / 2)] ?? 0

const measure = async (hub: BenchServer, bare: BenchServer) => {
  const rounds: { hub: Load[]; bare: Load[] } = { hub: [], bare: [] }
  await load(hub, 2)
  await load(bare, 2)
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.hub.push(await load(hub, SECONDS))
    rounds.bare.push(await load(bare, SECONDS))
  }
  return rounds
}

/** Authenticated list of environments of a hub, 50 connections, against a bare Fastify route with the same answer. */
export const compareWithBare = async (name: string, hub: BenchServer) => {
  const answer = await fetch(`http://127.0.0.1:${hub.port}${PATH}`, { headers: { cookie: hub.cookie } })
  const bare = await startChild('bare', await answer.text())
  try {
    const rounds = await measure(hub, bare.server)
    const value = Math.round(median(rounds.hub, ({ rate }) => rate))
    const limit = Math.round(median(rounds.bare, ({ rate }) => rate))
    const p99 = { value: median(rounds.hub, (each) => each.p99), against: median(rounds.bare, (each) => each.p99) }
    const ratio = Number((value / limit).toFixed(3))
    return {
      name,
      value,
      unit: `requests/s, p99 ${p99.value} ms (bare: ${p99.against})`,
      against: { what: 'a bare Fastify route with the same answer', value: limit },
      ratio,
      bar: BAR,
      met: ratio >= BAR && p99.value <= 3 * p99.against,
    }
  } finally {
    bare.child.kill()
  }
}
