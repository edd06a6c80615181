import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect } from 'vitest'

export type Json = Readonly<Record<string, unknown>>

/** An answer of the API server. */
export interface Answer {
  readonly status: number
  readonly body: Json
}

/** A Kubernetes API under test. */
export interface Api {
  /** The text of an answer that is not JSON. */
  text(path: string): Promise<{ readonly status: number; readonly text: string }>
  /** Lines of an answer that goes on, until the caller leaves. */
  lines(path: string): AsyncIterable<string>
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
  /** Lines of a watch, until the caller leaves. */
  watch(path: string): AsyncIterable<{ readonly type: string; readonly object: Json }>
}

export const merge = 'application/merge-patch+json'
export const strategic = 'application/strategic-merge-patch+json'
/** The value under keys and indexes; undefined where there is none. */
export const at = (value: unknown, ...keys: (string | number)[]): unknown =>
  keys.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value)
export const labels = { app: 'web' }

/** A Deployment of two containers. */
export const deployment = (name: string, image = 'registry.example/web:1.0.0', spec: Json = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          { name: 'web', image, env: [{ name: 'A', value: '1' }] },
          { name: 'side', image: 'side:1' },
        ],
      },
    },
    ...spec,
  },
})
export const configMap = (name: string, data: Json) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

/** A Deployment whose pods carry its name as the label `app`. */
export const withLabel = (name: string, image = 'registry.example/web:1.0.0'): Json => {
  const made = deployment(name, image)
  const template = { ...made.spec.template, metadata: { labels: { app: name } } }
  return { ...made, spec: { ...made.spec, selector: { matchLabels: { app: name } }, template } }
}

/** A server that is held to the contract. */
export interface OpenedServer extends AsyncDisposable {
  readonly api: Api
  /** Makes the server forget what has been, as a compaction does. */
  readonly compact: () => Promise<void>
  /** Whether containers really run, and so have logs: with kwok there is no kubelet to ask. */
  readonly hasLogs: boolean
}

/** What all cases work with: a server and a namespace of their own. */
export interface Suite {
  readonly api: Api
  readonly compact: () => Promise<void>
  readonly hasLogs: () => boolean
  readonly namespace: string
  /** Paths of collections there. */
  readonly deployments: string
  readonly configMaps: string
  readonly secrets: string
  /** Creates an object in a collection. */
  readonly make: (path: string, object: unknown) => Promise<Json>
  /** Pods with the label `app`. */
  readonly podsOf: (app: string) => Promise<Json[]>
}

/** Opens the server before the cases, and closes it after them. */
export const openSuite = (open: () => Promise<OpenedServer>): Suite => {
  const namespace = `conformance-${randomUUID().slice(0, 8)}`
  let server: OpenedServer | undefined
  const opened = (): OpenedServer => server ?? expect.fail('the server is not open')
  const api: Api = {
    call: async (...args) => await opened().api.call(...args),
    text: async (path) => await opened().api.text(path),
    lines: (path) => opened().api.lines(path),
    watch: (path) => opened().api.watch(path),
  }
  beforeAll(async () => {
    server = await open()
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
    expect((await api.call('POST', '/api/v1/namespaces', object)).status).toBe(201)
  })
  afterAll(async () => {
    if (server === undefined) return
    await api.call('DELETE', `/api/v1/namespaces/${namespace}`)
    await server[Symbol.asyncDispose]()
  })
  return {
    api,
    compact: async () => await opened().compact(),
    hasLogs: () => opened().hasLogs,
    namespace,
    deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
    configMaps: `/api/v1/namespaces/${namespace}/configmaps`,
    secrets: `/api/v1/namespaces/${namespace}/secrets`,
    make: async (path, object) => {
      const { status, body } = await api.call('POST', `${path}?fieldManager=maker`, object)
      expect(status, JSON.stringify(body)).toBe(201)
      return body
    },
    podsOf: async (app) => {
      const { body } = await api.call('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`)
      return body['items'] as Json[]
    },
  }
}
