import type { Socket } from 'node:net'
import { buildConnector } from 'undici'
import { AddressRefusedError, createGuardedLookup } from './guarded-lookup.ts'
import type { NetworkPolicy } from './network-policy.ts'

/** Connections of one site: each is checked when it is made, and can be checked again while it is open. */
export interface SiteSockets {
  readonly connect: buildConnector.connector
  /** Cuts every open connection whose other end is refused by now; why. */
  cutRefused(): AddressRefusedError[]
}

/** Makes the connections of one site. `options`: TLS and patience, as `tls.connect` and undici take them. */
export const createSiteSockets = (policy: NetworkPolicy, options: buildConnector.BuildOptions): SiteSockets => {
  const open = new Map<Socket, { readonly name: string; readonly address: string }>()
  const connector = buildConnector({ allowH2: false, ...options, lookup: createGuardedLookup(policy) })

  /** What was really connected to is judged once more: nothing between check and use can differ. */
  const refusalOf = (name: string, address: string): AddressRefusedError | undefined => {
    const reason = policy.refusalOf(address, name)
    return reason === undefined
      ? undefined
      : new AddressRefusedError(name, reason, address === name ? undefined : address)
  }

  return {
    connect: (target, callback) =>
      connector(target, (error, socket) => {
        if (error !== null) {
          callback(error, null)
          return
        }
        const name = target.hostname.replace(/^\[|\]$/g, '')
        const address = socket.remoteAddress ?? name
        const refused = refusalOf(name, address)
        if (refused !== undefined) {
          socket.destroy()
          callback(refused, null)
          return
        }
        open.set(socket, { name, address })
        socket.once('close', () => open.delete(socket))
        callback(null, socket)
      }),
    cutRefused: () =>
      [...open].flatMap(([socket, { name, address }]) => {
        const refused = refusalOf(name, address)
        if (refused === undefined) return []
        // A request may be under way on it: unlike a refusal, this does not say that nothing was sent.
        socket.destroy(Object.assign(new Error(refused.message), { code: 'ERR_ADDRESS_CUT' }))
        return refused
      }),
  }
}
