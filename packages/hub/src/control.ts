import { chmodSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

/** What the command line asks of the running hub, over a socket that only the hub's own user can open. */
export const ControlRequest = z.object({ command: z.enum(['administrator-link', 'rebuild']) })
export type ControlRequest = z.output<typeof ControlRequest>
const ControlReply = z.union([
  z.object({ ok: z.literal(true), text: z.string() }),
  z.object({ ok: z.literal(false), error: z.string() }),
])
export type ControlReply = z.output<typeof ControlReply>

const answer = async (socket: Socket, handle: (request: ControlRequest) => Promise<string>): Promise<void> => {
  let reply: ControlReply
  try {
    // Reading a socket to its end would destroy it, and the answer with it.
    const asked = await text(socket.iterator({ destroyOnReturn: false }))
    const request = ControlRequest.parse(JSON.parse(asked))
    reply = { ok: true, text: await handle(request) }
  } catch (error) {
    reply = { ok: false, error: (error as Error).message }
  }
  socket.end(JSON.stringify(reply))
}

/** Listens on the control socket of the data folder. */
export const startControl = async (
  path: string,
  handle: (request: ControlRequest) => Promise<string>,
): Promise<AsyncDisposable> => {
  rmSync(path, { force: true })
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    void answer(socket, handle)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  chmodSync(path, 0o600)
  return {
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Asks the hub that runs on a data folder; undefined when none does. */
export const askControl = async (path: string, request: ControlRequest): Promise<ControlReply | undefined> => {
  const socket = createConnection({ path, allowHalfOpen: true })
  const connected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  if (!connected) return undefined
  socket.end(JSON.stringify(request))
  return ControlReply.parse(JSON.parse(await text(socket)))
}
