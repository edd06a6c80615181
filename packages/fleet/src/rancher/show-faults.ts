import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { sendJson } from '../api/api-server.ts'
import type { Fault } from '../faults.ts'

/** Rancher's answer to a token that it does not take. */
export const sendUnauthorized = (response: ServerResponse): void =>
  sendJson(
    response,
    401,
    { type: 'error', status: '401', message: 'Unauthorized 401: must authenticate' },
    { 'X-API-Cattle-Auth': 'false' },
  )

/** Headers of a 429: of a proxy in front, or of the API server's priority and fairness. */
const throttleHeaders = ({ retryAfterSeconds, fairness }: Fault): Record<string, string> => ({
  'content-type': 'text/plain',
  ...(retryAfterSeconds === false ? {} : { 'retry-after': String(retryAfterSeconds ?? 1) }),
  ...(fairness === true
    ? {
        'X-Kubernetes-PF-FlowSchema-UID': '6d2b7c1e-0000-4000-8000-00000000f10e',
        'X-Kubernetes-PF-PriorityLevel-UID': '6d2b7c1e-0000-4000-8000-0000000000b1',
      }
    : {}),
})

/** Shows faults that come before the work; true when the request is done with. */
export const showFaults = async (
  faults: readonly Fault[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> => {
  for (const fault of faults) {
    const { kind, ms, status, afterWork } = fault
    if (kind === 'latency' && afterWork === true) {
      // What is answered is as old as that when it arrives.
      const { end } = response
      response.end = ((...args: Parameters<typeof end>) => {
        setTimeout(() => end.apply(response, args), ms ?? 1000)
        return response
      }) as typeof end
    } else if (kind === 'latency') await wait(ms ?? 1000)
    else if (kind === 'reset') {
      if (afterWork === true) {
        // The work is done, its answer gets lost.
        response.end = () => {
          request.socket.destroy()
          return response
        }
        continue
      }
      request.socket.destroy()
      return true
    } else if (kind === 'throttle' || kind === 'rate-limit') {
      response.writeHead(429, throttleHeaders(fault)).end('Too many requests, please try again later.')
      return true
    } else if (kind === 'unauthorized') {
      sendUnauthorized(response)
      return true
    } else if (kind === 'forbidden') {
      sendJson(response, 403, {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Forbidden',
        message: 'forbidden by a fault',
        code: 403,
      })
      return true
    } else if (kind === 'error') {
      response.writeHead(status ?? 500, { 'content-type': 'text/plain' }).end('internal error')
      return true
    } else if (kind === 'truncate') {
      // An answer breaks off after its first characters; a watch in the middle of its first change.
      const { write } = response
      const breakOff = (chunk: unknown): ServerResponse => {
        write.call(response, String(chunk).slice(0, 20), 'utf8', () => request.socket.destroy())
        return response
      }
      response.end = breakOff as ServerResponse['end']
      response.write = ((chunk: unknown) => breakOff(chunk).writable) as ServerResponse['write']
    } else if (kind === 'cut-watch') setTimeout(() => request.socket.destroy(), ms ?? 100)
  }
  return false
}
