import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectNats, openNatsBus } from '@rancher-hub/bus/nats'
import { listEnvironments } from '@rancher-hub/contracts'
import { createCaller, createKeyPair, createTokenSigner, newId } from '@rancher-hub/service-kit'
import { startNats } from '../test-bed/servers.ts'
import { BARE_SUBJECT } from './bus-responder.ts'

const BAR = 0.6
const BLOCKS = 15
const CALLS = 1_000
/** Calls under way at once where many people ask. */
const MANY = 50

type Call = () => Promise<unknown>

/** Calls a second, so many at a time. */
const rateOf = async (call: Call, atOnce: number): Promise<number> => {
  const begun = performance.now()
  const worker = async (): Promise<void> => {
    for (let left = CALLS / atOnce; left > 0; left -= 1) await call()
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (CALLS * 1_000) / (performance.now() - begun)
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

/** Both in turns, block by block, so that a busy machine slows both down alike. The first blocks warm up. */
const compare = async (contract: Call, bare: Call, atOnce: number) => {
  const rates: { readonly contract: number; readonly bare: number }[] = []
  for (let block = -3; block < BLOCKS; block += 1) {
    const pair = { contract: await rateOf(contract, atOnce), bare: await rateOf(bare, atOnce) }
    if (block >= 0) rates.push(pair)
  }
  return {
    contract: median(rates.map((each) => each.contract)),
    bare: median(rates.map((each) => each.bare)),
    ratio: median(rates.map((each) => each.contract / each.bare)),
  }
}

/** A call as the gateway makes it: somebody is signed in, and the same token goes along for a while. */
const openContractCall = async (url: string, privateKey: Parameters<typeof createTokenSigner>[1]) => {
  const bus = await openNatsBus({ url })
  const caller = createCaller(bus)
  const actor = { kind: 'user', userId: newId(), name: 'Ada', permissions: ['environment:read'] } as const
  const token = await createTokenSigner('gateway', privateKey).sign({ organization: newId(), actor })
  const call = async () => await caller.call(listEnvironments, {}, { token, correlationId: newId() })
  return { call, [Symbol.asyncDispose]: async () => await bus[Symbol.asyncDispose]() }
}

const openBareCall = async (url: string) => {
  const connection = await connectNats({ url })
  const bytes = new TextEncoder().encode('{}')
  const call = async () => await connection.request(BARE_SUBJECT, bytes, { timeout: 15_000 })
  return { call, [Symbol.asyncDispose]: async () => await connection.close() }
}

const startResponders = async (url: string, publicKey: string): Promise<ChildProcess> => {
  const child = fork(join(import.meta.dirname, 'bus-responder.ts'), [url, publicKey])
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Who answers ended with ${code}`)
  })
  await Promise.race([once(child, 'message'), ended])
  ended.catch(() => undefined)
  return child
}

/**
 * A whole contract call over NATS (token, permission, input and result checked at both ends) against a bare request
 * and reply of the same bodies. Caller and responder are two processes with a connection each, in both cases. What a
 * person feels is one call after the other: that is the figure; how many fit into a second at 50 at once stands beside it.
 */
export const run = async () => {
  const program = process.env['NATS_SERVER']
  if (program === undefined) return { name: 'bus-request', skipped: 'NATS_SERVER' }
  const folder = mkdtempSync(join(tmpdir(), 'bus-request-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  const nats = stack.use(await startNats(program, folder))
  const url = `nats://127.0.0.1:${nats.port}`
  const { privateKey, publicKey } = createKeyPair()
  const responders = await startResponders(url, publicKey.export({ type: 'spki', format: 'pem' }))
  stack.defer(() => responders.disconnect())
  const contract = stack.use(await openContractCall(url, privateKey))
  const bare = stack.use(await openBareCall(url))
  const one = await compare(contract.call, bare.call, 1)
  const many = await compare(contract.call, bare.call, MANY)
  return {
    name: 'bus-request',
    value: one.contract,
    unit: `calls/s, one after the other; ${MANY} at once: ${many.contract.toFixed(0)} of ${many.bare.toFixed(0)} (${many.ratio.toFixed(2)})`,
    against: { what: 'bare NATS request and reply of the same bodies', value: one.bare },
    ratio: one.ratio,
    bar: BAR,
    met: one.ratio >= BAR,
  }
}
