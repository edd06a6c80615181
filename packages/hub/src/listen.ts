import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { HubConfig } from './config.ts'
import { StartRefusedError } from './start-refused-error.ts'

const readPem = (file: string, name: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new StartRefusedError(`${name} names ${file}, which cannot be read: ${(error as Error).message}`)
  }
}

/** Certificate and key as PEM texts; undefined: plain HTTP. @throws StartRefusedError */
export const readTls = ({ tlsCertFile, tlsKeyFile }: Pick<HubConfig, 'tlsCertFile' | 'tlsKeyFile'>) =>
  tlsCertFile === undefined || tlsKeyFile === undefined
    ? undefined
    : { cert: readPem(tlsCertFile, 'HUB_TLS_CERT_FILE'), key: readPem(tlsKeyFile, 'HUB_TLS_KEY_FILE') }

interface Listening {
  listen(options: { readonly host: string; readonly port: number }): Promise<string>
  readonly server: { address(): unknown }
}

/** Listens, and says the port. @throws StartRefusedError with what to do */
export const listen = async (app: Listening, host: string, port: number): Promise<number> => {
  try {
    await app.listen({ host, port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new StartRefusedError(`Port ${port} on ${host} is taken by another program; choose another one with PORT.`)
    if (code === 'EACCES')
      throw new StartRefusedError(
        `Port ${port} on ${host} may not be opened by this user; choose one above 1023 with PORT.`,
      )
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartRefusedError(`HUB_HOST=${host} is no address of this machine.`)
    throw error
  }
  return (app.server.address() as AddressInfo).port
}
