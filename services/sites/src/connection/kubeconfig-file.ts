import { parseDocument } from 'yaml'
import { z } from 'zod'
import { SiteError } from '../egress/site-error.ts'

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
/** Parts of a kubeconfig, by the names of its fields (client-go `tools/clientcmd/api/v1/types.go`). */
export type KubeconfigUser = z.output<typeof User>
export type KubeconfigCluster = z.output<typeof Cluster>
export type KubeconfigFile = z.output<typeof Kubeconfig>

const notValid = (message: string): never => {
  throw new SiteError({ code: 'kubeconfig-not-valid', message })
}

/** Values of a YAML document; undefined when its aliases would blow it up. */
const valuesOf = (document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: 20 })
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
}

/** The parts of a kubeconfig that the hub looks at. @throws SiteError kubeconfig-not-valid */
export const readKubeconfigFile = (source: string): KubeconfigFile => {
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
