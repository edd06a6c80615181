import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApiClient } from '@rancher-hub/api-client'
import { type CallInputOf, describeRights } from '@rancher-hub/contracts'
import { parseAllDocuments, stringify } from 'yaml'
import { type Json, openRealCluster, type TestCluster } from './cluster.fixtures.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const paths: Readonly<Record<string, (namespace: string) => string>> = {
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  Role: (namespace) => `${rbac}/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `${rbac}/namespaces/${namespace}/rolebindings`,
  ClusterRole: () => `${rbac}/clusterroles`,
  ClusterRoleBinding: () => `${rbac}/clusterrolebindings`,
}

/** An account with the rights of a manifest. */
export interface Account extends AsyncDisposable {
  /** As Kubernetes calls it. */
  readonly user: string
  readonly kubeconfig: string
  /** The cluster as somebody with this token sees it. */
  readonly cluster: TestCluster
}

/** Applies the manifest that the hub makes, as an administrator of the cluster does, and takes a token of its account. */
export const makeAccount = async (
  admin: TestCluster,
  ada: ApiClient,
  wanted: CallInputOf<typeof describeRights> & { readonly account: string; readonly accountNamespace: string },
): Promise<Account> => {
  const { account, accountNamespace, namespaces = [] } = wanted
  const { manifest } = await ada.call(describeRights, wanted)
  const made: string[] = []
  for (const document of parseAllDocuments(manifest)) {
    const object = document.toJS() as { kind: string; metadata: { name: string; namespace?: string } }
    const path = paths[object.kind]?.(object.metadata.namespace ?? '')
    if (path === undefined) throw new Error(`What is a ${object.kind}?`)
    await admin.call('POST', path, object)
    made.push(`${path}/${object.metadata.name}`)
  }
  const path = `/api/v1/namespaces/${accountNamespace}/serviceaccounts/${account}/token`
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } }
  const { status } = (await admin.call('POST', path, request)) as { status: { token: string } }
  const kubeconfig = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'shop',
        cluster: {
          server: admin.direct.url,
          'certificate-authority-data': Buffer.from(admin.direct.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: account, user: { token: status.token } }],
    contexts: [{ name: account, context: { cluster: 'shop', user: account, namespace: namespaces[0] } }],
    'current-context': account,
  })
  const folder = mkdtempSync(join(tmpdir(), 'rights-'))
  const file = join(folder, 'kubeconfig')
  writeFileSync(file, kubeconfig)
  return {
    user: `system:serviceaccount:${accountNamespace}:${account}`,
    kubeconfig,
    cluster: openRealCluster(file),
    [Symbol.asyncDispose]: async () => {
      rmSync(folder, { recursive: true, force: true })
      for (const each of made.reverse()) await admin.call('DELETE', each)
    },
  }
}

/** Everything that an account may do in a namespace, as its API server lists it: `verb group/resource`. */
export const rulesIn = async ({ cluster }: Account, namespace: string): Promise<string[]> => {
  const { status } = (await cluster.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  })) as { status: { incomplete: boolean; resourceRules: Json[] } }
  if (status.incomplete) throw new Error('The API server does not know all rules')
  const found = status.resourceRules.flatMap((rule) => {
    const { verbs, apiGroups, resources } = rule as { verbs: string[]; apiGroups: string[]; resources: string[] }
    return verbs.flatMap((verb) =>
      apiGroups.flatMap((group) => resources.map((resource) => `${verb} ${group}/${resource}`)),
    )
  })
  // What Kubernetes itself lets every ServiceAccount do: ask about itself, and read the cluster's trust bundles.
  return [...new Set(found)].filter((rule) => !/\/(self\w+reviews|clustertrustbundles)$/.test(rule)).sort()
}

/** Whether an account may do something, as an administrator is told. */
export const mayDo = async (
  admin: TestCluster,
  { user }: Account,
  attributes: {
    verb: string
    group?: string
    resource: string
    subresource?: string
    namespace?: string
    name?: string
  },
): Promise<boolean> => {
  const [, , namespace = ''] = user.split(':')
  const { status } = (await admin.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: attributes,
    },
  })) as { status: { allowed: boolean } }
  return status.allowed
}
