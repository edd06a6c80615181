import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Faults } from './faults.ts'

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** Switches faults; all that are named or none. @throws Error naming what is no fault */
export const switchFaults = (faults: Faults, changes: unknown): void => {
  const entries = Object.entries(changes as object)
  for (const [name, value] of entries) {
    const known = Object.entries(faults).find(([fault]) => fault === name)?.[1]
    if (known === undefined || typeof known !== typeof value) throw new Error(`No such fault: ${name} = ${value}`)
  }
  Object.assign(faults, Object.fromEntries(entries))
}

/** Faults over HTTP on loopback: `GET` tells them, `PATCH` with JSON switches those that it names. */
export const startControl = async (faults: Faults, port: number): Promise<Server & { readonly url: string }> => {
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      if (request.method === 'PATCH') switchFaults(faults, await bodyOf(request))
      response.setHeader('content-type', 'application/json').end(JSON.stringify(faults))
    }
    answer().catch((error: unknown) => response.writeHead(400).end(String(error)))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return Object.assign(server, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}
