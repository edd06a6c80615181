import { CloudEvent, eventSubject, LiveHint, type PublicEvent } from '@rancher-hub/contracts'
import { toJsonSchema } from './json-schema.ts'

const messageName = (event: PublicEvent): string => `${event.service}.${event.type}`

const payloadOf = (event: PublicEvent) => {
  const envelope = toJsonSchema(CloudEvent, 'output') as { properties: Record<string, unknown>; required?: string[] }
  const type = { type: 'string', const: `io.rancherhub.${event.service}.${event.type}.v1` }
  const required = [...new Set([...(envelope.required ?? []), 'data'])]
  return {
    ...envelope,
    properties: { ...envelope.properties, type, data: toJsonSchema(event.data, 'output') },
    required,
  }
}

const channelOf = (event: PublicEvent) => ({
  address: eventSubject('{organization}', event.service, event.type),
  title: event.summary,
  parameters: { organization: { description: 'Id of the organization' } },
  messages: { [event.type]: { $ref: `#/components/messages/${messageName(event)}` } },
  servers: [{ $ref: '#/servers/nats' }],
})

const messageOf = (event: PublicEvent) => ({
  name: messageName(event),
  title: event.type,
  summary: event.summary,
  contentType: 'application/cloudevents+json',
  payload: payloadOf(event),
})

const liveChannel = {
  address: '/api/v1/live',
  title: 'Live hints',
  description:
    'What has changed, to fetch it again. Hints are not stored and may be lost. Needs the session cookie; closed with 4401 when the session ends.',
  messages: {
    hint: {
      name: 'LiveHint',
      summary: 'Something of this topic changed',
      contentType: 'application/json',
      payload: toJsonSchema(LiveHint, 'output'),
    },
    heartbeat: {
      name: 'Heartbeat',
      summary: 'Every 25 seconds',
      contentType: 'application/json',
      payload: { type: 'object', properties: { heartbeat: { const: true } }, required: ['heartbeat'] },
    },
  },
  servers: [{ $ref: '#/servers/hub' }],
}

/** The AsyncAPI 3 document: public events, as CloudEvents on NATS, and the live feed. */
export const toAsyncApi = (
  events: readonly PublicEvent[],
  options: { readonly version: string },
): Record<string, unknown> => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Rancher Hub',
    version: options.version,
    description: 'Public events and live hints. Events arrive at least once: drop repeats by `id`.',
  },
  servers: {
    nats: {
      host: 'nats.example.com:4222',
      protocol: 'nats',
      description: 'The server of HUB_NATS_URL; JetStream stream HUB_EVENTS',
    },
    hub: { host: 'hub.example.com', protocol: 'wss', description: 'The hub itself' },
  },
  channels: { ...Object.fromEntries(events.map((event) => [messageName(event), channelOf(event)])), live: liveChannel },
  operations: {
    ...Object.fromEntries(
      events.map((event) => [
        `send.${messageName(event)}`,
        { action: 'send', channel: { $ref: `#/channels/${messageName(event)}` }, summary: event.summary },
      ]),
    ),
    'send.live': {
      action: 'send',
      channel: { $ref: '#/channels/live' },
      summary: 'Tell signed-in browsers what changed',
    },
  },
  components: { messages: Object.fromEntries(events.map((event) => [messageName(event), messageOf(event)])) },
})
