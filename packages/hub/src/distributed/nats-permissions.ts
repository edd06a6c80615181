import { allContracts, type CallerName, type Contract, sessionRevokedSubject } from '@rancher-hub/contracts'
import { EVENTS_STREAM } from '../jetstream-sink.ts'
import { processNames } from '../process-names.ts'

/** What a user of NATS may do; everything else is denied. */
export interface NatsPermissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** Contracts that a process calls: those over HTTP through the gateway, or on behalf of a person; internal ones where it is named. */
const isCalledBy = (contract: Contract, name: CallerName): boolean =>
  contract.service !== name && (contract.http !== undefined || contract.callers?.includes(name) === true)

/** JetStream's API as far as publishing and resuming needs it. */
const streamApi = [
  `$JS.API.STREAM.INFO.${EVENTS_STREAM}`,
  `$JS.API.STREAM.CREATE.${EVENTS_STREAM}`,
  `$JS.API.STREAM.MSG.GET.${EVENTS_STREAM}`,
  `$JS.API.DIRECT.GET.${EVENTS_STREAM}`,
]

/**
 * What one process needs: it asks what it may call, answers its own subjects, and publishes in its own name. That
 * nobody calls for somebody else is not up to NATS: every request carries a signed token.
 */
export const permissionsOf = (name: CallerName): NatsPermissions => {
  const asks = allContracts.filter((contract) => isCalledBy(contract, name)).map(({ subject }) => subject)
  const inboxes = processNames.map((each) => `_INBOX_${each}.>`)
  const calls = [...asks, ...asks.map((subject) => `_cancel.${subject}`), ...inboxes]
  if (name === 'gateway')
    return { publish: calls, subscribe: ['_INBOX_gateway.>', 'hub.live.>', sessionRevokedSubject] }
  return {
    publish: [
      ...calls,
      `hub.evt.*.${name}.>`,
      'hub.live.>',
      `hub.int.${name}.>`,
      ...(name === 'auth' ? [sessionRevokedSubject] : []),
      ...streamApi,
    ],
    subscribe: [
      `_INBOX_${name}.>`,
      `hub.cmd.${name}.>`,
      `hub.qry.${name}.>`,
      `hub.str.${name}.>`,
      `_cancel.hub.*.${name}.>`,
      `hub.int.${name}.>`,
      sessionRevokedSubject,
    ],
  }
}

/**
 * What somebody outside needs to follow one organization's events: as they come, and from the past through one durable
 * consumer of its own name. The server refuses consumers over anything else, since their filter is part of the subject.
 */
export const subscriberPermissions = (user: string, organization: string): NatsPermissions => {
  const events = `hub.evt.${organization}.>`
  return {
    publish: [
      `$JS.API.CONSUMER.CREATE.${EVENTS_STREAM}.${user}.${events}`,
      `$JS.API.CONSUMER.INFO.${EVENTS_STREAM}.${user}`,
      `$JS.API.CONSUMER.MSG.NEXT.${EVENTS_STREAM}.${user}`,
      `$JS.ACK.${EVENTS_STREAM}.${user}.>`,
    ],
    subscribe: [events, `_INBOX_${user}.>`],
  }
}

const variableOf = (user: string): string => `HUB_NATS_PASSWORD_${user.toUpperCase().replaceAll('-', '_')}`

/** A user of NATS's configuration. Its password comes from the server's environment. */
export const natsUser = (user: string, { publish, subscribe }: NatsPermissions): string => {
  const list = (subjects: readonly string[]): string => subjects.map((subject) => `        "${subject}"`).join('\n')
  return `    {
      user: "${user}"
      password: $${variableOf(user)}
      permissions: {
        publish: [
${list(publish)}
        ]
        subscribe: [
${list(subscribe)}
        ]
      }
    }`
}

/** The whole configuration of a NATS server for the hub. */
export const natsConfig =
  (): string => `# Users of the hub on NATS, made from its contracts by «hub nats config». Each password comes from the server's
# environment: ${processNames.map(variableOf).join(', ')}.
# Add users for other systems with «hub nats subscriber».
jetstream {}
authorization {
  users: [
${[...processNames].map((name) => natsUser(name, permissionsOf(name))).join('\n')}
  ]
}
`
