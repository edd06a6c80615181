export {
  type Aggregate,
  checkedEvents,
  defineAggregate,
  type EventOf,
  type Loaded,
  loadAggregate,
  streamIdOf,
  streamName,
  toStoredEvent,
  type Upcaster,
} from './aggregate.ts'
export { type DecisionOutcome, decideAndAppend, toNewEvents } from './append.ts'
export { openBusSink } from './bus-sink.ts'
export { type Caller, type CallOptions, createCaller } from './caller.ts'
export {
  type ConfigDeclaration,
  ConfigError,
  defineConfig,
  defineSharedConfig,
  describeConfig,
  loadConfig,
  type SettingDescription,
  secret,
  variableName,
} from './config.ts'
export { type DeadLetter, type DeadLetters, openDeadLetters } from './dead-letters.ts'
export { hideDeleted } from './deleted-documents.ts'
export { decode, encode, headerNames, type Outcome, outcomeOf, type RefusedBody } from './envelope.ts'
export { type FieldError, isUnavailable, RefusedError, refusalOf, refuse, UnexpectedError } from './errors.ts'
export {
  type CallContext,
  type Cause,
  type Decided,
  decideCommand,
  type Handler,
  handleCommand,
  handleQuery,
  handleStream,
} from './handler.ts'
export { deterministicId, newId } from './ids.ts'
export { type Lease, type Leases, openLeases, soleLeases, whileHolding } from './lease.ts'
export { createLogger, type Logger, type LogLevel } from './logger.ts'
export { type Meter, openMeter } from './metrics.ts'
export { pause } from './pause.ts'
export { defineProcessManager, type OnBehalf, type ProcessContext, type ProcessManager } from './process-manager.ts'
export { defineProjection, type Projection } from './projection.ts'
export { type ProjectionProgress, type ProjectionRunner, startProjectionRunner } from './projection-runner.ts'
export { type EventSink, type Publication, type Publish, toCloudEvent } from './publisher.ts'
export { createRecent, type Recent } from './recent.ts'
export {
  publishHint,
  type RunningService,
  type Service,
  type ServiceDeps,
  type ServiceHealth,
  startService,
} from './service.ts'
export { startTelemetry } from './telemetry.ts'
export {
  type Actor,
  actorName,
  createKeyPair,
  createTokenSigner,
  createTokenVerifier,
  type Identity,
  type KeyPair,
  TOKEN_SECONDS,
  TokenRefusedError,
  type TokenSigner,
  type TokenVerifier,
} from './tokens.ts'
export { currentTraceparent, inSpan, SpanKind, withTraceContext } from './tracing.ts'
