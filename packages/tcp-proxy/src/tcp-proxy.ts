import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { Transform, type TransformCallback } from 'node:stream'

/** Stands before servers on loopback: a balancer over several, or a bad line to one. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Where connections go from now on: in turn, to the first that takes them. */
  use(ports: readonly number[]): void
  /** Milliseconds by which everything is late from now on, in each direction. */
  lag(milliseconds: number): void
  /** Breaks every connection that is there now. */
  cut(): void
  /** Connections that are there now stay open and carry nothing any more; new ones are well. */
  freeze(): void
  /** How many have come so far. */
  connections(): number
}

/** undefined when nothing listens there. */
const tryConnect = async (port: number): Promise<Socket | undefined> =>
  await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(undefined))
  })

/** Hands on what it is given, later, in order; what is under way does not hold up what follows. */
const createLine = (latencyMs: () => number): Transform => {
  let due = 0
  let underWay: Promise<void> = Promise.resolve()
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      due = Math.max(due, performance.now() + latencyMs())
      underWay = new Promise((resolve) => {
        setTimeout(
          () => {
            this.push(chunk)
            resolve()
          },
          Math.max(0, due - performance.now()),
        )
      })
      done()
    },
    flush: (done: TransformCallback) => void underWay.then(() => done()),
  })
}

/** Starts it on a free port. */
export const startTcpProxy = async (targets: readonly number[] = []): Promise<TcpProxy> => {
  let ports = targets
  let next = 0
  let latencyMs = 0
  let count = 0
  const open = new Set<Socket>()

  const join = (client: Socket, upstream: Socket): void => {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(from)
      from.pipe(createLine(() => latencyMs)).pipe(to)
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  }
  const serve = async (client: Socket): Promise<void> => {
    count += 1
    // A broken connection closes, too, and that is what the other side is told.
    client.on('error', () => client.destroy())
    for (let attempt = 0; attempt < ports.length; attempt += 1) {
      next += 1
      const upstream = await tryConnect(ports[next % ports.length] ?? 0)
      if (upstream === undefined) continue
      upstream.on('error', () => upstream.destroy())
      return join(client, upstream)
    }
    client.destroy()
  }
  const server = createServer((client) => void serve(client))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    use: (given) => {
      ports = given
    },
    lag: (milliseconds) => {
      latencyMs = milliseconds
    },
    cut,
    freeze: () => {
      for (const socket of open) socket.unpipe().pause()
    },
    connections: () => count,
    [Symbol.asyncDispose]: async () => {
      ports = []
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
