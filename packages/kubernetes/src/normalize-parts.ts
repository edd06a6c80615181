import canonicalize from 'canonicalize'
import { isObject, objectsIn } from './kubernetes-object.ts'
import { elementKey } from './workload-layout.ts'

/** A part of an object on its way to its normal form. */
export type Loose = Readonly<Record<string, unknown>>

/** Annotations that clusters, kubectl, Rancher and delivery tools write; they say nothing about the application. */
export const foreignAnnotations =
  /^(kubectl\.kubernetes\.io\/|deployment\.kubernetes\.io\/|deprecated\.daemonset\.template\.generation|control-plane\.alpha\.kubernetes\.io\/|autoscaling\.alpha\.kubernetes\.io\/|field\.cattle\.io\/|cattle\.io\/|lifecycle\.cattle\.io\/|authz\.(cluster|management)\.cattle\.io\/|management\.cattle\.io\/|objectset\.rio\.cattle\.io\/|meta\.helm\.sh\/|argocd\.argoproj\.io\/|kustomize\.toolkit\.fluxcd\.io\/|helm\.toolkit\.fluxcd\.io\/|reconcile\.external-secrets\.io\/)/
/** Labels that clusters and delivery tools write. */
export const foreignLabels =
  /^(pod-template-hash|controller-revision-hash|controller-uid|job-name|batch\.kubernetes\.io\/(controller-uid|job-name)|objectset\.rio\.cattle\.io\/hash|kustomize\.toolkit\.fluxcd\.io\/.*|helm\.toolkit\.fluxcd\.io\/.*|argocd\.argoproj\.io\/.*|pod-template-generation)$/

/** A map of texts without the keys that are foreign. */
export const drop = (map: unknown, foreign: RegExp): Loose =>
  isObject(map) ? Object.fromEntries(Object.entries(map).filter(([key]) => !foreign.test(key))) : {}

const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && canonicalize(a) === canonicalize(b))

/** Leaves out fields whose value is the API server's default. */
export const without = (object: unknown, defaults: Loose): Loose => {
  if (!isObject(object)) return {}
  const kept: [string, unknown][] = []
  for (const key of Object.keys(object)) {
    const value = object[key]
    if (!(key in defaults && isSame(value, defaults[key]))) kept.push([key, value])
  }
  return Object.fromEntries(kept)
}

/** A keyed list as a map, by what tells its elements apart. */
export const byKey = (list: string, elements: unknown, normalizeOne: (element: Loose) => Loose): Loose =>
  Object.fromEntries(objectsIn(elements).map((element) => [elementKey(list, element), normalizeOne(element)]))
