import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'

const NAME = 'rancher-hub'
const tracer = trace.getTracer(NAME)
const nothing = trace.wrapSpanContext(INVALID_SPAN_CONTEXT)

/** Whether spans go anywhere. Making some that nobody sees costs as much as checking a token. */
const isTracing = (): boolean => {
  const provider = trace.getTracerProvider()
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined
}

/** Headers with the current trace context added (W3C `traceparent`); unchanged while tracing is off. */
export const withTraceContext = (headers: Record<string, string>): Record<string, string> => {
  propagation.inject(context.active(), headers)
  return headers
}

/** The current `traceparent`, for event metadata. */
export const currentTraceparent = (): string | undefined => withTraceContext({})['traceparent']

/** Runs `work` in a span; `carrier` holds the headers of the message that caused it, when there is one. */
export const inSpan = async <T>(
  name: string,
  options: {
    readonly kind: SpanKind
    readonly attributes?: Attributes
    readonly carrier?: Readonly<Record<string, string>>
  },
  work: (span: Span) => Promise<T>,
): Promise<T> => {
  if (!isTracing()) return await work(nothing)
  const parent =
    options.carrier === undefined ? context.active() : propagation.extract(context.active(), options.carrier)
  const attributes = options.attributes ?? {}
  return await tracer.startActiveSpan(name, { kind: options.kind, attributes }, parent, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      span.recordException(error as Error)
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

export { SpanKind }
