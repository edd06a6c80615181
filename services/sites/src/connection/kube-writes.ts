import { FIELD_MANAGER } from '@rancher-hub/kubernetes'
import { objectPath } from './kinds.ts'
import { toObject } from './kube-answer.ts'
import type { KubeApi, Written } from './kube-api.ts'
import type { JsonAnswer, SiteCaller } from './site-caller.ts'

/** Texts of `Warning: 299 - "text"` headers (RFC 9111 §5.5 as Kubernetes uses it). */
const warningTexts = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .flatMap((line) =>
      [...line.matchAll(/\d{3}\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)].map((match) =>
        (match[1] ?? '').replaceAll(/\\(.)/g, '$1'),
      ),
    )

const writeQuery = (dryRun: boolean): string =>
  `?fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`
const written = (answer: JsonAnswer): Written => ({
  object: toObject(answer),
  warnings: warningTexts(answer.headers['warning']),
})

/** Writes of single objects, under the hub's own field manager. */
export const createObjectWrites = (caller: SiteCaller, prefix: string): Pick<KubeApi, 'patch' | 'create'> => ({
  patch: async (kind, namespace, name, contentType, patch, { dryRun, signal }) =>
    written(
      await caller.json({
        method: 'PATCH',
        path: prefix + objectPath(kind, namespace, name) + writeQuery(dryRun),
        contentType,
        body: JSON.stringify(patch),
        signal,
      }),
    ),
  create: async (kind, namespace, object, { dryRun, signal }) =>
    written(
      await caller.json({
        method: 'POST',
        path: prefix + objectPath(kind, namespace) + writeQuery(dryRun),
        contentType: 'application/json',
        body: JSON.stringify(object),
        signal,
      }),
    ),
})
