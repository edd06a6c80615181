import { type Address, parseAddress } from '@rancher-hub/domain'
import { secret } from '@rancher-hub/service-kit'
import { z } from 'zod'

/** Options that EventStoreDB's client takes. It warns of any other with the whole address, password included. */
const EVENT_STORE_OPTIONS = [
  'connectionName',
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'throwOnAppendFailure',
  'tls',
  'tlsCAFile',
  'userCertFile',
  'userKeyFile',
].map((name) => name.toLowerCase())

const addressOf = (text: string, schemes: readonly string[]): Address | undefined => {
  const address = parseAddress(text)
  return address !== undefined && schemes.includes(address.scheme) ? address : undefined
}

/** An address may hold a password: it is shown nowhere. */
const addressSetting = (example: string, isValid: (text: string) => boolean) =>
  secret(
    z.string().refine(isValid, `it has the form ${example}, with special characters of a password percent-encoded`),
  )

/** Servers of NATS, comma-separated. */
export const natsAddress = addressSetting('nats://host:4222', (text) =>
  text.split(',').every((each) => addressOf(each.trim(), ['nats', 'tls']) !== undefined),
)

/** One server of MongoDB, or several of a replica set. */
export const mongodbAddress = addressSetting(
  'mongodb://host:27017',
  (text) => addressOf(text, ['mongodb', 'mongodb+srv']) !== undefined,
)

const hasKnownOptions = (text: string): boolean => {
  const names = (text.split('?', 2)[1] ?? '').split('&').map((each) => each.split('=', 1)[0] ?? '')
  return names.every((name) => name === '' || EVENT_STORE_OPTIONS.includes(name.toLowerCase().replaceAll(/[_-]/gu, '')))
}

/** One server of EventStoreDB, or a cluster. */
export const eventStoreAddress = addressSetting(
  'esdb://host:2113?tls=false',
  (text) => addressOf(text, ['esdb', 'esdb+discover']) !== undefined,
).refine(hasKnownOptions, `its options are among ${EVENT_STORE_OPTIONS.join(', ')}`)
