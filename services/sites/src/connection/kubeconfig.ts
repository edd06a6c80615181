import type { SiteProblem } from '@rancher-hub/contracts'
import { SiteError } from '../egress/site-error.ts'
import {
  type KubeconfigCluster,
  type KubeconfigFile,
  type KubeconfigUser,
  readKubeconfigFile,
} from './kubeconfig-file.ts'
import { RIGHTS_PAGE } from './missing-right.ts'
import { parseProxy } from './site-proxy.ts'
import type { SiteSecret } from './site-secret.ts'

/** What the hub takes from a kubeconfig: one context's server and credentials. */
export interface KubeconfigAccess {
  readonly contexts: readonly string[]
  readonly context: string
  readonly clusterName: string
  readonly server: string
  /** Namespace of the context. */
  readonly namespace?: string | undefined
  readonly secret: SiteSecret
}

/** A context of a kubeconfig, for choosing one. */
export interface KubeconfigContext {
  readonly name: string
  readonly current: boolean
  readonly server?: string | undefined
  readonly namespace?: string | undefined
  /** Why it cannot be used. */
  readonly problem?: SiteProblem | undefined
}

const flatten =
  'Run `kubectl config view --flatten --minify --raw` on the machine where it works, and paste what it prints.'
const serviceAccount = `Make a ServiceAccount with a token instead: ${RIGHTS_PAGE} makes its rights and the commands that end in a kubeconfig.`

const fail = (code: SiteProblem['code'], message: string): never => {
  throw new SiteError({ code, message })
}
const notValid = (message: string): never => fail('kubeconfig-not-valid', message)
const notSelfContained = (message: string): never => fail('kubeconfig-not-self-contained', message)

/** Base64 of PEM, as kubeconfigs carry it. */
const decodePem = (value: string | undefined, what: string): string | undefined => {
  if (value === undefined || value === '') return undefined
  const pem = Buffer.from(value, 'base64').toString('utf8')
  if (!pem.includes('-----BEGIN ')) notValid(`The field «${what}» is not PEM in base64.`)
  return pem
}

/** Names for a sentence: some of them, each as short as names are. */
const some = (names: readonly string[]): string => {
  const shown = names.slice(0, 10).map((name) => (name.length > 80 ? `${name.slice(0, 80)}…` : name))
  return shown.join(', ') + (names.length > shown.length ? ` and ${names.length - shown.length} more` : '')
}

/** Whether a header can carry it: visible ASCII. */
const isHeaderText = (text: string): boolean => /^[\x21-\x7e]+$/.test(text)

const isSet = (value: unknown): boolean => value !== undefined && value !== ''

/** Refuses what the hub does not do, by the name of the field. */
const assertSelfContained = (cluster: KubeconfigCluster, user: KubeconfigUser): void => {
  if (user.exec !== undefined)
    notSelfContained(
      `This kubeconfig signs in by running a program (the field «exec» of the user), which the hub does not do. ${serviceAccount}`,
    )
  if (user['auth-provider'] !== undefined)
    notSelfContained(
      `This kubeconfig signs in through a plugin (the field «auth-provider» of the user), which the hub does not do. ${serviceAccount}`,
    )
  const files = [
    ...(['tokenFile', 'client-certificate', 'client-key'] as const).filter((field) => isSet(user[field])),
    ...(isSet(cluster['certificate-authority']) ? ['certificate-authority'] : []),
  ]
  if (files.length > 0) {
    const fields = files.map((field) => `«${field}»`).join(', ')
    notSelfContained(
      `${files.length === 1 ? `The field ${fields} names a file` : `The fields ${fields} name files`} of the machine that the kubeconfig comes from. ${flatten}`,
    )
  }
  if (isSet(user.as))
    notSelfContained(
      `This kubeconfig acts as somebody else (the field «as» of the user: impersonation). ${serviceAccount}`,
    )
}

const readSecret = (cluster: KubeconfigCluster, user: KubeconfigUser): SiteSecret => {
  const ca = decodePem(cluster['certificate-authority-data'], 'certificate-authority-data')
  const clientCert = decodePem(user['client-certificate-data'], 'client-certificate-data')
  const clientKey = decodePem(user['client-key-data'], 'client-key-data')
  const token = user.token?.trim() || undefined
  if (token !== undefined && !isHeaderText(token))
    notValid('The field «token» holds characters that no token has. Copy it again, in one line.')
  if (token === undefined && (clientCert === undefined || clientKey === undefined)) {
    const password = isSet(user.username)
      ? ' A user name with password (`username`) is not accepted by Kubernetes any more.'
      : ''
    notSelfContained(
      `This kubeconfig has neither a «token» nor «client-certificate-data» with «client-key-data».${password} ${flatten}`,
    )
  }
  return {
    token,
    clientCert,
    clientKey,
    ca,
    serverName: cluster['tls-server-name'] || undefined,
    proxy: parseProxy(cluster['proxy-url'], 'The field «proxy-url»'),
    unverified: cluster['insecure-skip-tls-verify'] === true ? true : undefined,
  }
}

const readContext = (config: KubeconfigFile, context: string): Omit<KubeconfigAccess, 'contexts'> => {
  const chosen = config.contexts?.find(({ name }) => name === context)?.context
  if (chosen === undefined || chosen === null)
    return notValid(
      `The kubeconfig has no context ${some([context])}. It has: ${some((config.contexts ?? []).map(({ name }) => name))}.`,
    )
  const cluster = config.clusters?.find(({ name }) => name === chosen.cluster)?.cluster
  const user = config.users?.find(({ name }) => name === chosen.user)?.user
  if (cluster === undefined || cluster === null)
    return notValid(
      `The context ${some([context])} names the cluster ${some([chosen.cluster])}, which is not in the kubeconfig.`,
    )
  if (user === undefined || user === null)
    return notValid(
      `The context ${some([context])} names the user ${some([chosen.user ?? '(none)'])}, which is not in the kubeconfig.`,
    )
  assertSelfContained(cluster, user)
  const server = cluster.server ?? ''
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    return notValid(`The field «server» of the cluster ${some([chosen.cluster])} is not an http or https address.`)
  const { namespace } = chosen
  return { context, clusterName: chosen.cluster, server, namespace, secret: readSecret(cluster, user) }
}

/**
 * Reads one context of a kubeconfig. Nothing outside the text is read or run.
 * @throws SiteError kubeconfig-not-valid | kubeconfig-not-self-contained | proxy-refused, with the way out
 */
export const parseKubeconfig = (source: string, wanted?: string | undefined): KubeconfigAccess => {
  const config = readKubeconfigFile(source)
  const contexts = (config.contexts ?? []).map(({ name }) => name)
  const context = wanted ?? (config['current-context'] || (contexts.length === 1 ? contexts[0] : undefined))
  if (contexts.length === 0) return notValid(`The kubeconfig has no context. ${flatten}`)
  if (context === undefined)
    return notValid(`The kubeconfig has several contexts and no current one. Choose one of: ${some(contexts)}.`)
  return { contexts, ...readContext(config, context) }
}

/** All contexts of a kubeconfig, and why those that cannot be used cannot. @throws SiteError kubeconfig-not-valid */
export const contextsOf = (source: string): KubeconfigContext[] => {
  const config = readKubeconfigFile(source)
  return (config.contexts ?? []).map(({ name }) => {
    const current = config['current-context'] === name
    try {
      const { server, namespace } = readContext(config, name)
      return { name, current, server, namespace }
    } catch (error) {
      if (!(error instanceof SiteError)) throw error
      return { name, current, problem: error.problem }
    }
  })
}
