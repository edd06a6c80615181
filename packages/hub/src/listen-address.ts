import { isIP } from 'node:net'
import type { HubConfig } from './config.ts'
import { StartRefusedError } from './start-refused-error.ts'

/** Whether a listen address is reachable from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/** Beyond loopback, passwords and sessions need TLS: here, or at a proxy that the public URL names. @throws StartRefusedError */
export const assertSafeToListen = (
  config: Pick<HubConfig, 'host' | 'tlsCertFile' | 'tlsKeyFile' | 'publicUrl'>,
): void => {
  if ((config.tlsCertFile === undefined) !== (config.tlsKeyFile === undefined)) {
    throw new StartRefusedError('HUB_TLS_CERT_FILE and HUB_TLS_KEY_FILE belong together; set both or neither.')
  }
  if (isLoopback(config.host) || config.tlsCertFile !== undefined || config.publicUrl?.startsWith('https:') === true)
    return
  throw new StartRefusedError(
    `HUB_HOST=${config.host} is reachable from other machines, and nothing encrypts the way to it; set HUB_TLS_CERT_FILE and HUB_TLS_KEY_FILE, or HUB_PUBLIC_URL with the https address of the proxy in front.`,
  )
}
