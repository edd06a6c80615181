import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Caller, sendJson } from './api-server.ts'

interface Attributes {
  readonly verb?: string
  readonly resource?: string
  readonly namespace?: string
}

const readers = ['get', 'list', 'watch']

/** Whether a caller may do something, by the same rules as the requests themselves. */
const isAllowed = ({ rights, namespace }: Caller, asked: Attributes): boolean => {
  switch (rights) {
    case 'all':
      return true
    case 'read':
      return readers.includes(asked.verb ?? '')
    case 'no-secrets':
      return asked.resource !== 'secrets'
    case 'one-namespace':
      return asked.namespace === namespace
  }
}

const bodyOf = async (request: IncomingMessage): Promise<{ spec?: { resourceAttributes?: Attributes } }> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as { spec?: { resourceAttributes?: Attributes } }
}

/** Answers questions of a caller about itself: what it may do, and who it is. False: it was no such question. */
export const serveReview = async (
  caller: Caller,
  request: IncomingMessage,
  response: ServerResponse,
  uri: string,
): Promise<boolean> => {
  const path = uri.split('?')[0]
  if (request.method !== 'POST') return false
  if (path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') {
    const { spec } = await bodyOf(request)
    const status = { allowed: isAllowed(caller, spec?.resourceAttributes ?? {}) }
    sendJson(response, 201, { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec, status })
    return true
  }
  if (path !== '/apis/authentication.k8s.io/v1/selfsubjectreviews') return false
  const status = { userInfo: { username: caller.user, groups: ['system:authenticated'] } }
  sendJson(response, 201, { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, status })
  return true
}
