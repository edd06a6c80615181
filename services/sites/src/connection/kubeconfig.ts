import type { SiteProblem } from '@rancher-hub/contracts'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { SiteError } from '../egress/site-error.ts'
import { RIGHTS_PAGE } from './missing-right.ts'
import type { SiteSecret } from './site-secret.ts'

const text = z.string().optional()
// A name that is none is not worth refusing the file for: it only says where to look first.
const namespace = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .optional()
  .catch(undefined)
const bag = z.record(z.string(), z.unknown())
const Named = <K extends string, S extends z.ZodType>(key: K, schema: S) =>
  z.array(
    z
      .object({ name: z.coerce.string() })
      .and(z.object({ [key]: schema.nullish() } as Record<K, z.ZodOptional<z.ZodNullable<S>>>)),
  )

const Cluster = z.looseObject({
  server: text,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text,
  'proxy-url': text,
})
const User = z.looseObject({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
  username: text,
  password: text,
  exec: bag.optional(),
  'auth-provider': bag.optional(),
  as: text,
})
const Context = z.looseObject({ cluster: z.coerce.string(), user: z.coerce.string().optional(), namespace })
const Kubeconfig = z.looseObject({
  'current-context': z.coerce.string().optional(),
  clusters: Named('cluster', Cluster).nullish(),
  users: Named('user', User).nullish(),
  contexts: Named('context', Context).nullish(),
})
type User = z.output<typeof User>
type Cluster = z.output<typeof Cluster>

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

const flatten =
  'Run `kubectl config view --flatten --minify --raw` on the machine where it works, and paste what it prints.'
const serviceAccount = `Make a ServiceAccount with a token instead: ${RIGHTS_PAGE} makes its rights and the commands that end in a kubeconfig.`

const fail = (code: SiteProblem['code'], message: string): never => {
  throw new SiteError({ code, message })
}
const notValid = (message: string): never => fail('kubeconfig-not-valid', message)
const notSelfContained = (message: string): never => fail('kubeconfig-not-self-contained', message)

/** Values of a YAML document; undefined when its aliases would blow it up. */
const valuesOf = (document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: 20 })
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

const readDocument = (source: string): z.output<typeof Kubeconfig> => {
  const document = parseDocument(source, { logLevel: 'silent' })
  const [error] = document.errors
  // Only the place is told: the parser's own words quote the text, which holds credentials.
  if (error !== undefined)
    notValid(`The kubeconfig is not YAML: line ${error.linePos?.[0].line ?? '?'} cannot be read (${error.code}).`)
  const parsed = Kubeconfig.safeParse(valuesOf(document))
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
    return notValid(
      `This is not a kubeconfig${where === '' ? '' : `: ${where} is not as it should be`}. Paste the whole file, from apiVersion on.`,
    )
  }
  return parsed.data
}

/** Base64 of PEM, as kubeconfigs carry it. */
const decodePem = (value: string | undefined, what: string): string | undefined => {
  if (value === undefined || value === '') return undefined
  const pem = Buffer.from(value, 'base64').toString('utf8')
  if (!pem.includes('-----BEGIN ')) notValid(`${what} of the kubeconfig is not PEM in base64.`)
  return pem
}

const assertSelfContained = (cluster: Cluster, user: User): void => {
  if (user.exec !== undefined)
    notSelfContained(`This kubeconfig signs in by running a program, which the hub does not do. ${serviceAccount}`)
  if (user['auth-provider'] !== undefined)
    notSelfContained(`This kubeconfig signs in through an auth provider, which the hub does not do. ${serviceAccount}`)
  if (
    [user.tokenFile, user['client-certificate'], user['client-key'], cluster['certificate-authority']].some(
      (path) => path !== undefined && path !== '',
    )
  ) {
    notSelfContained(`This kubeconfig names files of the machine it comes from. ${flatten}`)
  }
  if (cluster['proxy-url'] !== undefined)
    notSelfContained(
      'This kubeconfig goes through a proxy, which the hub does not do. Use the address of the API server itself.',
    )
  if (user.as !== undefined)
    notSelfContained(`This kubeconfig acts as somebody else (impersonation). ${serviceAccount}`)
  if (cluster['insecure-skip-tls-verify'] === true) {
    notSelfContained(
      'This kubeconfig switches certificate checks off. Remove insecure-skip-tls-verify; the hub offers to pin the certificate instead.',
    )
  }
}

const readSecret = (cluster: Cluster, user: User): SiteSecret => {
  const ca = decodePem(cluster['certificate-authority-data'], 'certificate-authority-data')
  const clientCert = decodePem(user['client-certificate-data'], 'client-certificate-data')
  const clientKey = decodePem(user['client-key-data'], 'client-key-data')
  const token = user.token?.trim() || undefined
  if (token === undefined && (clientCert === undefined || clientKey === undefined)) {
    const password =
      user.username === undefined ? '' : ' A user name with password is not accepted by Kubernetes any more.'
    notSelfContained(`This kubeconfig has neither a token nor a client certificate with its key.${password} ${flatten}`)
  }
  return { token, clientCert, clientKey, ca, serverName: cluster['tls-server-name'] || undefined }
}

/**
 * Reads one context of a kubeconfig. Nothing outside the text is read or run.
 * @throws SiteError kubeconfig-not-valid | kubeconfig-not-self-contained, with the way out
 */
export const parseKubeconfig = (source: string, wanted?: string | undefined): KubeconfigAccess => {
  const config = readDocument(source)
  const contexts = (config.contexts ?? []).map(({ name }) => name)
  const context = wanted ?? (config['current-context'] || (contexts.length === 1 ? contexts[0] : undefined))
  if (contexts.length === 0) return notValid(`The kubeconfig has no context. ${flatten}`)
  if (context === undefined)
    return notValid(`The kubeconfig has several contexts and no current one. Choose one of: ${contexts.join(', ')}.`)
  const chosen = config.contexts?.find(({ name }) => name === context)?.context
  if (chosen === undefined || chosen === null)
    return notValid(`The kubeconfig has no context ${context}. It has: ${contexts.join(', ')}.`)
  const cluster = config.clusters?.find(({ name }) => name === chosen.cluster)?.cluster
  const user = config.users?.find(({ name }) => name === chosen.user)?.user
  if (cluster === undefined || cluster === null)
    return notValid(`The context ${context} names the cluster ${chosen.cluster}, which is not in the kubeconfig.`)
  if (user === undefined || user === null)
    return notValid(`The context ${context} names the user ${chosen.user ?? '(none)'}, which is not in the kubeconfig.`)
  assertSelfContained(cluster, user)
  const server = cluster.server ?? ''
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    return notValid(`The server of cluster ${chosen.cluster} is not an http or https address.`)
  const { namespace } = chosen
  return { contexts, context, clusterName: chosen.cluster, server, namespace, secret: readSecret(cluster, user) }
}

/** Names of the contexts, for choosing one; empty when the text is no kubeconfig. */
export const contextsOf = (source: string): string[] => {
  const parsed = Kubeconfig.safeParse(valuesOf(parseDocument(source, { logLevel: 'silent' })))
  return parsed.success ? (parsed.data.contexts ?? []).map(({ name }) => name) : []
}
