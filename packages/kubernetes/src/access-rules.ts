import type { JsonObject } from './kubernetes-object.ts'

/** A verb of Kubernetes' authorization. */
export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch'

/** What is done with one resource of the API, inside a namespace. */
export interface ResourceUse {
  /** API group; empty for the core group. */
  readonly group: string
  /** Plural, as in paths: `deployments`. */
  readonly resource: string
  readonly read: readonly Verb[]
  /** Besides reading, where it is written to. */
  readonly write?: readonly Verb[] | undefined
}

/** The verbs that are wanted of one resource. */
export interface Grant {
  readonly group: string
  readonly resource: string
  readonly verbs: readonly Verb[]
}

const isSecrets = ({ group, resource }: ResourceUse): boolean => group === '' && resource === 'secrets'

/** The grants of some uses; those without a verb are left out. */
const grantsOf = (
  uses: readonly ResourceUse[],
  verbsOf: (use: ResourceUse) => readonly Verb[] | undefined,
): readonly Grant[] =>
  uses.flatMap((use) => {
    const verbs = verbsOf(use) ?? []
    return verbs.length === 0 ? [] : [{ group: use.group, resource: use.resource, verbs }]
  })

/** What is wanted in a namespace. */
export interface NamespaceWish {
  readonly write: boolean
  readonly secrets: boolean
  /** Reading is granted elsewhere already, Secrets apart. */
  readonly readElsewhere: boolean
}

/** Grants inside one namespace. */
export const namespaceGrants = (uses: readonly ResourceUse[], wish: NamespaceWish): readonly Grant[] =>
  grantsOf(uses, (use) => {
    const secrets = isSecrets(use)
    if (secrets && !wish.secrets) return undefined
    return [...(wish.readElsewhere && !secrets ? [] : use.read), ...(wish.write ? (use.write ?? []) : [])]
  })

const listNamespaces: Grant = { group: '', resource: 'namespaces', verbs: ['list'] }

/**
 * Grants in the whole cluster: the names of its namespaces, or also reading everything but Secrets. Whoever reads every
 * Secret of a cluster, or writes workloads anywhere, rules it: neither is granted cluster-wide.
 */
export const clusterGrants = (uses: readonly ResourceUse[], wide: 'namespace-names' | 'read'): readonly Grant[] =>
  wide === 'namespace-names'
    ? [listNamespaces]
    : [listNamespaces, ...grantsOf(uses, (use) => (isSecrets(use) ? undefined : use.read))]

/** Rules of a Role: grants of one group with the same verbs become one. */
export const toRules = (grants: readonly Grant[]): readonly JsonObject[] => {
  const rules = new Map<
    string,
    { readonly apiGroups: string[]; readonly resources: string[]; readonly verbs: string[] }
  >()
  for (const { group, resource, verbs } of grants) {
    const key = `${group} ${verbs.join(' ')}`
    const rule = rules.get(key)
    if (rule === undefined) rules.set(key, { apiGroups: [group], resources: [resource], verbs: [...verbs] })
    else rule.resources.push(resource)
  }
  return [...rules.values()]
}
