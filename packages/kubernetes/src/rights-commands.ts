import { type AccountRightsWanted, rightsLabels } from './token-rights.ts'

/** A command for a shell, and what it is for. */
export interface RightsCommand {
  readonly purpose: 'apply' | 'kubeconfig' | 'check' | 'revoke'
  readonly command: string
}

/** Jsonpath of the cluster that kubectl talks to now. */
const ofCluster = (field: string, options = ''): string =>
  `"$(kubectl config view --minify${options} -o jsonpath='{.clusters[0].cluster.${field}}')"`

/** The token stands in no argument (others on the machine read those), and the administrator's credentials in no file. */
const kubeconfig = ({ account, namespaces }: AccountRightsWanted, hours: number): string => {
  const { name } = account
  const context = `cluster: "$CLUSTER", user: ${name}${namespaces[0] === undefined ? '' : `, namespace: ${namespaces[0]}`}`
  return [
    // The name that the administrator knows it by: the hub shows it, and clusters are told apart by it.
    `CLUSTER="$(kubectl config view --minify -o jsonpath='{.clusters[0].name}')"`,
    'umask 077',
    `cat > ${name}.kubeconfig <<EOF`,
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '- name: "$CLUSTER"',
    '  cluster:',
    `    server: ${ofCluster('server')}`,
    `    certificate-authority-data: ${ofCluster('certificate-authority-data', ' --flatten --raw')}`,
    'users:',
    `- name: ${name}`,
    '  user:',
    `    token: "$(kubectl create token ${name} -n ${account.namespace} --duration=${hours}h)"`,
    'contexts:',
    `- name: "${name}@$CLUSTER"`,
    `  context: {${context}}`,
    `current-context: "${name}@$CLUSTER"`,
    'EOF',
  ].join('\n')
}

/**
 * Commands that apply a manifest, make a kubeconfig with a token of the account, show what the account may do, and take
 * everything away again. All names are DNS labels, so nothing needs quoting.
 */
export const rightsCommands = (
  wanted: AccountRightsWanted,
  options: { readonly fileName: string; readonly tokenHours: number },
): readonly RightsCommand[] => {
  const { account, namespaces } = wanted
  const selector = Object.entries(rightsLabels(account))
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const where = namespaces[0] === undefined ? '' : ` -n ${namespaces[0]}`
  return [
    {
      purpose: 'apply',
      command: [
        `kubectl get namespace ${account.namespace} 2>/dev/null || kubectl create namespace ${account.namespace}`,
        `kubectl apply -f ${options.fileName}`,
      ].join('\n'),
    },
    { purpose: 'kubeconfig', command: kubeconfig(wanted, options.tokenHours) },
    {
      purpose: 'check',
      command: `kubectl auth can-i --list${where} --as=system:serviceaccount:${account.namespace}:${account.name}`,
    },
    {
      purpose: 'revoke',
      command: [
        `kubectl delete serviceaccount ${account.name} -n ${account.namespace}`,
        `kubectl delete rolebindings,roles --all-namespaces -l ${selector}`,
        `kubectl delete clusterrolebindings,clusterroles -l ${selector}`,
      ].join('\n'),
    },
  ]
}

/** What is to be run against Rancher's own cluster; users, members and tokens are made in its pages. */
export const rancherCommands = (fileName: string): readonly RightsCommand[] => [
  { purpose: 'apply', command: `kubectl apply -f ${fileName}` },
  { purpose: 'revoke', command: `kubectl delete -f ${fileName}` },
]
