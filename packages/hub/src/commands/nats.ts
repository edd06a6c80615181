import { connectNats } from '@rancher-hub/bus/nats'
import { defineSharedConfig, loadConfig } from '@rancher-hub/service-kit'
import { z } from 'zod'
import { natsSettings } from '../config.ts'
import { natsConfig, natsSubscriber, type Subscriber } from '../distributed/nats-config.ts'
import { ADMINISTRATOR } from '../distributed/nats-permissions.ts'
import { createConsumer } from '../distributed/subscriber-consumer.ts'
import { processNames } from '../process-names.ts'
import { natsAddress } from '../server-address.ts'
import { StartRefusedError } from '../start-refused-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

const administratorConfig = defineSharedConfig(
  z.object({ natsUrl: natsAddress.describe('NATS servers, comma-separated'), ...natsSettings }),
)

export interface SubscriberOptions extends Subscriber {
  readonly create?: boolean | undefined
}

const assertNames = ({ organization, user }: Subscriber): void => {
  if (!/^[a-z0-9-]+$/u.test(user) || !/^[A-Za-z0-9-]+$/u.test(organization))
    throw new StartRefusedError('Names of users and organizations consist of letters, digits and dashes.')
  if ([...processNames, ADMINISTRATOR].some((taken) => taken === user))
    throw new StartRefusedError(`«${user}» is a user of the hub itself; choose another name with --user.`)
}

/** `hub nats config`; each subscriber is `user=organization`. */
export const configCommand = (subscribers: readonly string[], say: (text: string) => void): void => {
  const parsed = subscribers.map((text) => {
    const [user = '', organization = ''] = text.split('=', 2)
    return { user, organization }
  })
  for (const each of parsed) assertNames(each)
  if (new Set(parsed.map(({ user }) => user)).size < parsed.length)
    throw new StartRefusedError('Two subscribers have the same name; each needs a user of its own.')
  say(natsConfig(parsed).trimEnd())
}

/** `hub nats subscriber`: prints the account, or makes its consumer with the rights of the administrator. */
export const subscriberCommand = async (
  env: Environment,
  options: SubscriberOptions,
  say: (text: string) => void,
): Promise<void> => {
  assertNames(options)
  const { organization, user, create = false } = options
  if (!create) return say(natsSubscriber(options).trimEnd())
  const { hub } = loadConfig({ hub: administratorConfig }, env)
  const connection = await connectNats({
    url: hub.natsUrl,
    user: hub.natsUser,
    password: hub.natsPassword,
    token: hub.natsToken,
    credentialsFile: hub.natsCredentialsFile,
    name: 'rancher-hub-administrator',
  }).catch((error: unknown) => {
    throw error instanceof Error ? new StartRefusedError(error.message, { cause: error }) : error
  })
  try {
    await createConsumer(connection, { user, organization })
    say(`The consumer «${user}» of the events of ${organization} is there.`)
  } finally {
    await connection.close()
  }
}
