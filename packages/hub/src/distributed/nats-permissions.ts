import { allContracts, type CallerName, type Contract, sessionRevokedSubject } from '@rancher-hub/contracts'
import { EVENTS_STREAM } from '../jetstream-sink.ts'
import { processNames } from '../process-names.ts'

/** What a user of NATS may do; everything else is denied. */
export interface NatsPermissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
  /** Whether it may answer what it was asked, each question once, and under no other subject. */
  readonly answers: boolean
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
 * nobody calls for somebody else is not up to NATS: every request carries a signed token. Answers need no right to
 * publish: who was asked may answer that question once. Streams, which are many messages, their credit and signs of
 * life go under `_TALK_…`, where the right is general and each subject one that nobody else can guess.
 */
export const permissionsOf = (name: CallerName): NatsPermissions => {
  const asks = allContracts.filter((contract) => isCalledBy(contract, name)).map(({ subject }) => subject)
  const talk = processNames.map((each) => `_TALK_${each}.>`)
  const calls = [...asks, ...asks.map((subject) => `_cancel.${subject}`), ...talk]
  const own = [`_INBOX_${name}.>`, `_TALK_${name}.>`]
  if (name === 'gateway')
    return { publish: calls, subscribe: [...own, 'hub.live.>', sessionRevokedSubject], answers: false }
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
      ...own,
      `hub.cmd.${name}.>`,
      `hub.qry.${name}.>`,
      `hub.str.${name}.>`,
      `_cancel.hub.*.${name}.>`,
      `hub.int.${name}.>`,
      sessionRevokedSubject,
    ],
    answers: true,
  }
}

/** Name of the user that makes the consumers of subscribers. */
export const ADMINISTRATOR = 'administrator'

const consumerApi = (what: string, consumer: string): string => `$JS.API.CONSUMER.${what}.${EVENTS_STREAM}.${consumer}`

/** What whoever runs the server needs to make, see and delete consumers of the events. */
export const administratorPermissions: NatsPermissions = {
  publish: [
    `$JS.API.STREAM.INFO.${EVENTS_STREAM}`,
    consumerApi('CREATE', '>'),
    consumerApi('INFO', '*'),
    consumerApi('DELETE', '*'),
    `$JS.API.CONSUMER.NAMES.${EVENTS_STREAM}`,
    `$JS.API.CONSUMER.LIST.${EVENTS_STREAM}`,
  ],
  subscribe: ['_INBOX.>'],
  answers: false,
}

/** What subscribers may import into accounts of their own, each only for its organization and its consumer. */
export const subscriberExports = {
  stream: 'hub.evt.>',
  services: [consumerApi('INFO', '*'), consumerApi('MSG.NEXT', '*'), `$JS.ACK.${EVENTS_STREAM}.>`],
} as const

/** Prefix under which a subscriber finds JetStream's API. Without one its own account would answer: it has no JetStream. */
export const SUBSCRIBER_API = 'hub.js'

/**
 * What somebody outside needs to follow one organization's events: as they come, and from the past through one durable
 * consumer that the administrator made. It makes none itself: a consumer can deliver to any subject.
 */
export const subscriberRights = (user: string, organization: string) => {
  const events = `hub.evt.${organization}.>`
  const services = [
    { subject: consumerApi('INFO', user), as: `${SUBSCRIBER_API}.CONSUMER.INFO.${EVENTS_STREAM}.${user}` },
    { subject: consumerApi('MSG.NEXT', user), as: `${SUBSCRIBER_API}.CONSUMER.MSG.NEXT.${EVENTS_STREAM}.${user}` },
    { subject: `$JS.ACK.${EVENTS_STREAM}.${user}.>`, as: `$JS.ACK.${EVENTS_STREAM}.${user}.>` },
  ] as const
  const permissions: NatsPermissions = {
    publish: services.map(({ as }) => as),
    subscribe: [events, `_INBOX_${user}.>`],
    answers: false,
  }
  return { events, services, permissions }
}
