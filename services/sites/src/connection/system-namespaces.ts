/** Names that Rancher's `system-namespaces` setting and its UI call system namespaces. */
const names = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'ingress-nginx',
  'cert-manager',
  'security-scan',
  'calico-system',
  'calico-apiserver',
  'tigera-operator',
  'rancher-operator-system',
  'gatekeeper-system',
  'istio-system',
  'linkerd',
  'longhorn-system',
  'tekton-pipelines',
  'compliance-operator-system',
])

/** Whether a namespace belongs to the cluster rather than to an application. */
export const isSystemNamespace = (
  name: string,
  annotations: Readonly<Record<string, string>> | undefined,
  projectName: string | undefined,
): boolean =>
  names.has(name) ||
  /^cattle-/.test(name) ||
  annotations?.['management.cattle.io/system-namespace'] === 'true' ||
  projectName === 'System'
