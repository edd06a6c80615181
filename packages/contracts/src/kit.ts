import { z } from 'zod'
import type { Topic } from './live-hints.ts'
import type { Access } from './permissions.ts'

/** Services that own contracts. */
export type ServiceName = 'auth' | 'sites' | 'sync' | 'registry' | 'monitor'
/** Everybody who signs internal tokens. */
export type CallerName = ServiceName | 'gateway'

/** A declared way in which a contract says no: the code is its key, the message a sentence for people. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 413 | 422 | 429 | 502 | 503
  /** What happened and what to do, in one or two sentences. */
  readonly message: string
  /** Shape of the facts that come with it, if any. */
  readonly details?: z.ZodType | undefined
}
export type Refusals = Readonly<Record<string, Refusal>>

/** Refusals that every contract has. */
export const commonRefusals = {
  'invalid-input': { status: 400, message: 'The request is not valid. Correct the fields that are listed.' },
  'not-signed-in': { status: 401, message: 'You are not signed in, or your session has ended. Sign in again.' },
  forbidden: { status: 403, message: 'Your role does not allow this. Ask an administrator.' },
  'not-found': { status: 404, message: 'There is no such thing here. It may have been deleted.' },
  'payload-too-large': { status: 413, message: 'The request is larger than this operation accepts.' },
  'rate-limited': { status: 429, message: 'Too many requests. Try again in a moment.' },
  unavailable: { status: 503, message: 'A part of the hub is not available now. Try again in a moment.' },
} as const satisfies Refusals
export type CommonRefusal = keyof typeof commonRefusals

export interface Limits {
  /** Largest request body, bytes. */
  readonly bodyBytes: number
  /** Milliseconds the gateway and callers wait for the answer (streams: for the next chunk). */
  readonly timeoutMs: number
  /** Requests allowed per client address; absent: the gateway's general limit. */
  readonly rate?: { readonly max: number; readonly perSeconds: number } | undefined
}
const defaultLimits: Limits = { bodyBytes: 64 * 1024, timeoutMs: 15_000 }

/** Where a contract is served over HTTP, under `/api/v1`. Path parameters (`:id`) are input fields of that name; the rest is query (GET, DELETE) or body. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: `/${string}`
}

type ObjectSchema = z.ZodObject<z.ZodRawShape>

interface Spec<I extends ObjectSchema, O extends z.ZodType, R extends Refusals> {
  /** One line, imperative: «List the environments». */
  readonly summary: string
  readonly description?: string | undefined
  /** Absent: internal, over the bus only, for `callers`. */
  readonly http?: HttpRoute | undefined
  /** Services that may call an internal contract. */
  readonly callers?: readonly CallerName[] | undefined
  readonly access: Access
  readonly input: I
  readonly result: O
  readonly refusals?: R | undefined
  readonly limits?: Partial<Limits> | undefined
  /** At least one for HTTP contracts: shown in OpenAPI, checked against the schemas by a spec. */
  readonly examples?:
    | readonly { readonly summary: string; readonly input: z.input<I>; readonly result: z.input<O> }[]
    | undefined
}

interface Declared<N extends string, I extends ObjectSchema, O extends z.ZodType, R extends Refusals>
  extends Spec<I, O, R> {
  readonly name: N
  readonly service: ServiceName
  /** Bus subject. */
  readonly subject: string
  readonly refusals: R
  readonly limits: Limits
}

export interface Command<
  N extends string = string,
  I extends ObjectSchema = ObjectSchema,
  O extends z.ZodType = z.ZodType,
  R extends Refusals = Refusals,
> extends Declared<N, I, O, R> {
  readonly kind: 'command'
  /**
   * `start`: the result carries {@link sessionGrant}, which the gateway moves into the session cookie;
   * `end`: the gateway clears the cookie.
   */
  readonly session?: 'start' | 'end' | undefined
}
export interface Query<
  N extends string = string,
  I extends ObjectSchema = ObjectSchema,
  O extends z.ZodType = z.ZodType,
  R extends Refusals = Refusals,
> extends Declared<N, I, O, R> {
  readonly kind: 'query'
  readonly staleAfter: readonly Topic[]
}
/** A file to download; its name is completed by the date and the extension. */
export interface FileKind {
  readonly name: string
  readonly extension: string
  readonly mediaType: string
}
/** A long answer in many chunks; `result` is the shape of one chunk. Over HTTP: newline-delimited JSON. */
export interface Stream<
  N extends string = string,
  I extends ObjectSchema = ObjectSchema,
  O extends z.ZodType = z.ZodType,
  R extends Refusals = Refusals,
> extends Declared<N, I, O, R> {
  readonly kind: 'stream'
  /** Over HTTP, the chunks `{ text }` are one file to download: what it is for an input. */
  readonly file?: ((input: z.output<I>) => FileKind) | undefined
}
export type Contract = Command | Query | Stream

export type InputOf<C extends Contract> = z.output<C['input']>
/** What a caller gives: fields with defaults may be left out. */
export type CallInputOf<C extends Contract> = z.input<C['input']>
export type ResultOf<C extends Contract> = z.output<C['result']>
/** What a handler returns, before defaults and stripping. */
export type ReturnOf<C extends Contract> = z.input<C['result']>
export type RefusalOf<C extends Contract> = Extract<keyof C['refusals'], string> | CommonRefusal

const serviceOf = (name: string): ServiceName => name.split('.', 1)[0] as ServiceName

const declare = <N extends string, I extends ObjectSchema, O extends z.ZodType, R extends Refusals>(
  verb: 'cmd' | 'qry' | 'str',
  name: N,
  spec: Spec<I, O, R>,
): Declared<N, I, O, R> => ({
  ...spec,
  name,
  service: serviceOf(name),
  subject: `hub.${verb}.${name}`,
  refusals: spec.refusals ?? ({} as R),
  limits: { ...defaultLimits, ...spec.limits },
})

/** Declares something that changes state. `name` is `<service>.<imperative-name>`. */
export const command = <
  N extends `${ServiceName}.${string}`,
  I extends ObjectSchema,
  O extends z.ZodType,
  const R extends Refusals = Record<never, never>,
>(
  name: N,
  spec: Spec<I, O, R> & { readonly session?: 'start' | 'end' },
): Command<N, I, O, R> => ({
  ...declare('cmd', name, spec),
  kind: 'command',
  session: spec.session,
})

/** Declares something that only reads. */
export const query = <
  N extends `${ServiceName}.${string}`,
  I extends ObjectSchema,
  O extends z.ZodType,
  const R extends Refusals = Record<never, never>,
>(
  name: N,
  spec: Spec<I, O, R> & { readonly staleAfter?: readonly Topic[] },
): Query<N, I, O, R> => ({
  ...declare('qry', name, spec),
  kind: 'query',
  staleAfter: spec.staleAfter ?? [],
})

/** Declares a long answer: an export, a log tail, a big list between services. */
export const stream = <
  N extends `${ServiceName}.${string}`,
  I extends ObjectSchema,
  O extends z.ZodType,
  const R extends Refusals = Record<never, never>,
>(
  name: N,
  spec: Spec<I, O, R> & { readonly file?: (input: z.output<NoInfer<I>>) => FileKind },
): Stream<N, I, O, R> => ({ ...declare('str', name, spec), kind: 'stream', file: spec.file })

/** A public event: goes out as CloudEvent on `hub.evt.<org>.<service>.<EventType>`. Additive changes only. */
export interface PublicEvent<T extends string = string, D extends ObjectSchema = ObjectSchema> {
  readonly kind: 'event'
  readonly service: ServiceName
  /** Past tense with the noun inside: `SyncFinished`. */
  readonly type: T
  readonly summary: string
  readonly data: D
  readonly example: z.input<D>
}
export const event = <N extends string, D extends ObjectSchema>(
  name: `${ServiceName}.${N}`,
  spec: { readonly summary: string; readonly data: D; readonly example: z.input<D> },
): PublicEvent<N, D> => ({
  ...spec,
  kind: 'event',
  service: serviceOf(name),
  type: name.slice(name.indexOf('.') + 1) as N,
})

/** Subject of a public event. */
export const eventSubject = (organization: string, service: ServiceName, type: string): string =>
  `hub.evt.${organization}.${service}.${type}`
/** Subject on which the process that keeps a service's read models tells its other processes how far they are. */
export const progressSubject = (service: ServiceName): string => `hub.int.${service}.progress`

/** CloudEvents 1.0 envelope (JSON format) of public events. Extension attributes are lower-case by its rules. */
export const CloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid().describe('Equal on every delivery of the same event; drop repeats by it'),
  source: z.string().describe('/hub/<service>'),
  type: z.string().describe('io.rancherhub.<service>.<EventType>.v1'),
  subject: z.string().describe('Stream of the event: <category>-<organization>_<id>'),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  organization: z.string(),
  actor: z.string(),
  correlationid: z.string(),
  causationid: z.string(),
  position: z.number().int().describe('Place in the event store; grows, with gaps'),
  traceparent: z.string().optional(),
  data: z.unknown(),
})
export type CloudEvent = z.output<typeof CloudEvent>

/** RFC 9457 problem document: the form of every error over HTTP. */
export const Problem = z.object({
  type: z.string().describe('urn:rancher-hub:problem:<code>'),
  title: z.string(),
  status: z.number().int(),
  code: z.string().describe('Stable; compare by this'),
  detail: z.string().describe('What happened, why, and what to do'),
  instance: z.string().describe('Correlation id of the request, to quote when asking for help'),
  errors: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Fields that are not valid'),
  details: z.record(z.string(), z.unknown()).optional().describe('Facts of this refusal'),
  retryAfterSeconds: z.number().optional(),
})
export type Problem = z.output<typeof Problem>

/** Over HTTP, a stream that fails midway ends with one line `{ "$problem": Problem }`; every other line is a chunk. */
export const streamProblemKey = '$problem'

/** What a contract with `session: 'start'` returns to the gateway; it never reaches the browser's JavaScript. */
export const sessionGrant = { sessionToken: z.string(), sessionExpiresAt: z.iso.datetime() }
