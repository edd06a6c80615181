import { Metadata, ServerInterceptingCall, type ServerInterceptor, ServerListenerBuilder, status } from '@grpc/grpc-js'
import type { Faults } from './faults.ts'

const notLeader = (leader: string) => {
  const [host = '', port = ''] = leader.split(':')
  const metadata = new Metadata()
  metadata.set('exception', 'not-leader')
  metadata.set('leader-endpoint-host', host)
  metadata.set('leader-endpoint-port', port)
  return { code: status.NOT_FOUND, details: `Leader info available at ${leader}.`, metadata }
}

/** What happens to calls before they are answered: refused, or sent to the leader. */
export const intercepting =
  (faults: Faults): ServerInterceptor =>
  (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        if (faults.refuse) return call.sendStatus({ code: status.UNAVAILABLE, details: 'connect ECONNREFUSED' })
        const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, proceed) => {
          const wantsLeader = metadata.get('requires-leader')[0] === 'true'
          if (wantsLeader && faults.follows !== '') call.sendStatus(notLeader(faults.follows))
          else proceed(metadata)
        })
        next(listener.build())
      },
    })
