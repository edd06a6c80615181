/**
 * Starts OpenTelemetry when an OTLP endpoint is configured by the standard `OTEL_*` variables; the SDK is not even
 * loaded otherwise. Call it before anything opens sockets.
 */
export const startTelemetry = async (options: {
  readonly serviceName: string
  readonly endpoint: string | undefined
}): Promise<AsyncDisposable> => {
  if (options.endpoint === undefined) return { [Symbol.asyncDispose]: async () => {} }
  const [{ NodeSDK }, { OTLPTraceExporter }, { HttpInstrumentation }, { UndiciInstrumentation }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/instrumentation-http'),
    import('@opentelemetry/instrumentation-undici'),
  ])
  const sdk = new NodeSDK({
    serviceName: options.serviceName,
    traceExporter: new OTLPTraceExporter(),
    instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
  })
  sdk.start()
  return { [Symbol.asyncDispose]: async () => await sdk.shutdown() }
}
