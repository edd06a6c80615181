import { processNames } from '../process-names.ts'
import {
  ADMINISTRATOR,
  administratorPermissions,
  type NatsPermissions,
  permissionsOf,
  subscriberExports,
  subscriberRights,
} from './nats-permissions.ts'

/** Longer than any call may take; who was asked and has answered is forgotten at once. */
const ANSWER_WITHIN = '2h'

const variableOf = (user: string): string => `HUB_NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`

/** A user of NATS's configuration. Its password comes from the server's environment. */
const natsUser = (user: string, { publish, subscribe, answers }: NatsPermissions): string => {
  const list = (subjects: readonly string[]): string => subjects.map((subject) => `            "${subject}"`).join('\n')
  return `      {
        user: "${user}"
        password: $${variableOf(user)}
        permissions: {
          publish: [
${list(publish)}
          ]
          subscribe: [
${list(subscribe)}
          ]${answers ? `\n          allow_responses: { max: 1, expires: "${ANSWER_WITHIN}" }` : ''}
        }
      }`
}

/**
 * An account of NATS's configuration for a subscriber outside. Whatever it asks JetStream for, the answer comes to
 * this account: with a reply subject alone, a user of the hub's own account could have events delivered to services.
 */
export const natsSubscriber = ({ user, organization }: Subscriber): string => {
  const { events, services, permissions } = subscriberRights(user, organization)
  const imports = services.map(
    ({ subject, as }) =>
      `      { service: { account: HUB, subject: "${subject}" }${as === subject ? '' : `, to: "${as}"`} }`,
  )
  return `  SUBSCRIBER_${user.toUpperCase().replaceAll('-', '_')} {
    users: [
${natsUser(user, permissions)}
    ]
    imports: [
      { stream: { account: HUB, subject: "${events}" } }
${imports.join('\n')}
    ]
  }
`
}

/** Somebody outside who follows one organization's events. */
export interface Subscriber {
  readonly user: string
  readonly organization: string
}

/** The whole configuration of a NATS server for the hub and its subscribers. */
export const natsConfig = (subscribers: readonly Subscriber[] = []): string => {
  const users = [
    ...processNames.map((name) => natsUser(name, permissionsOf(name))),
    natsUser(ADMINISTRATOR, administratorPermissions),
  ]
  const services = subscriberExports.services.map((subject) => {
    const many = subject.includes('.MSG.NEXT.') ? ', response_type: stream' : ''
    return `      { service: "${subject}"${many} }`
  })
  return `# Users of the hub on NATS, made from its contracts by «hub nats config». Each password comes from the server's
# environment: ${[...processNames, ADMINISTRATOR, ...subscribers.map(({ user }) => user)].map(variableOf).join(', ')}.
# Other systems have accounts of their own beside HUB.
jetstream {}
accounts {
  HUB {
    jetstream: enabled
    users: [
${users.join('\n')}
    ]
    exports: [
      { stream: "${subscriberExports.stream}" }
${services.join('\n')}
    ]
  }
${subscribers.map(natsSubscriber).join('')}}
`
}
