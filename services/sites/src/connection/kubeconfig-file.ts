import { z } from 'zod'
import { SiteError } from '../egress/site-error.ts'
import { readBoundedYaml } from './bounded-yaml.ts'

const text = z.string().optional()
/** Each context of a thousand may tell it again. */
const address = z.string().max(2_000).optional()
// A name that is none is not worth refusing the file for: it only says where to look first.
const namespace = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
  .optional()
  .catch(undefined)
/** YAML reads some names as numbers or booleans. */
const name = z.union([z.string().max(500), z.number(), z.boolean()]).transform(String)
const bag = z.record(z.string(), z.unknown())
const Named = <K extends string, S extends z.ZodType>(key: K, schema: S) =>
  z.array(
    z.object({ name: name }).and(z.object({ [key]: schema.nullish() } as Record<K, z.ZodOptional<z.ZodNullable<S>>>)),
  )

const Cluster = z.looseObject({
  server: address,
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': address,
  'proxy-url': address,
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
const Context = z.looseObject({ cluster: name, user: name.optional(), namespace })
const Kubeconfig = z.looseObject({
  'current-context': name.optional(),
  clusters: Named('cluster', Cluster).nullish(),
  users: Named('user', User).nullish(),
  contexts: Named('context', Context).nullish(),
})
/** Parts of a kubeconfig, by the names of its fields (client-go `tools/clientcmd/api/v1/types.go`). */
export type KubeconfigUser = z.output<typeof User>
export type KubeconfigCluster = z.output<typeof Cluster>
export type KubeconfigFile = z.output<typeof Kubeconfig>

const MOST_CONTEXTS = 1_000
const minify = 'Paste what `kubectl config view --flatten --minify --raw` prints on the machine where it works.'

const notValid = (message: string): never => {
  throw new SiteError({ code: 'kubeconfig-not-valid', message })
}

/** The parts of a kubeconfig that the hub looks at. @throws SiteError kubeconfig-not-valid */
export const readKubeconfigFile = (source: string): KubeconfigFile => {
  const outcome = readBoundedYaml(source)
  if ('problem' in outcome) return notValid(`The kubeconfig is not usable YAML: ${outcome.problem}. ${minify}`)
  const parsed = Kubeconfig.safeParse(outcome.value)
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
    return notValid(
      `This is not a kubeconfig: ${where === '' ? 'it has no fields' : `the field «${where}» is not as it should be`}. Paste the whole file, from apiVersion on.`,
    )
  }
  const count = parsed.data.contexts?.length ?? 0
  if (count > MOST_CONTEXTS)
    return notValid(`The field «contexts» has ${count} entries, of which the hub reads ${MOST_CONTEXTS}. ${minify}`)
  return parsed.data
}
