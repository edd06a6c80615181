import { trace } from '@opentelemetry/api'
import { pino } from 'pino'

export type Logger = pino.Logger
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** Names that never reach a log line, wherever they stand in an object. The rule is: secrets are not logged; this is the net under it. */
const secretKeys = [
  'token',
  'password',
  'currentPassword',
  'newPassword',
  'kubeconfig',
  'authorization',
  'cookie',
  'sessionToken',
  'hub-token',
]
const redactPaths = secretKeys.flatMap((key) =>
  key.includes('-') ? [`["${key}"]`, `*["${key}"]`] : [key, `*.${key}`, `*.*.${key}`],
)

/** The process's logger: JSON lines with trace ids when tracing is on. One child per subsystem. */
export const createLogger = (options: {
  readonly level: LogLevel
  readonly destination?: pino.DestinationStream | undefined
}): Logger =>
  pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: redactPaths, censor: '***' },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext()
        return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }
      },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  )
