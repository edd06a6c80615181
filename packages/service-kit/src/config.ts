import { readFileSync } from 'node:fs'
import { z } from 'zod'

const secrets = z.registry<{ secret: true }>()

/** Marks a configuration value that must never be shown. */
export const secret = <T extends z.ZodType>(schema: T): T => {
  secrets.add(schema, { secret: true })
  return schema
}

/** A schema inherits it from the one that it was made of, by `describe` or by `optional` for instance. */
const isSecret = (schema: z.core.$ZodType): boolean => {
  if (secrets.get(schema) !== undefined) return true
  const { def } = schema._zod
  return 'innerType' in def && def.innerType instanceof z.core.$ZodType && isSecret(def.innerType)
}

/** One declared set of settings: its prefix (`HUB_` or `HUB_SITES_`) and its schema with camelCase keys. */
export interface ConfigDeclaration<S extends z.ZodObject = z.ZodObject> {
  readonly prefix: string
  readonly schema: S
}

/** Settings shared by all services: `HUB_<KEY>`. */
export const defineSharedConfig = <S extends z.ZodObject>(schema: S): ConfigDeclaration<S> => ({
  prefix: 'HUB_',
  schema,
})
/** Settings of one service: `HUB_<SERVICE>_<KEY>`. */
export const defineConfig = <S extends z.ZodObject>(service: string, schema: S): ConfigDeclaration<S> => ({
  prefix: `HUB_${service.toUpperCase()}_`,
  schema,
})

/** Every problem of the configuration at once, one line each. */
export class ConfigError extends Error {
  override name = 'ConfigError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/** `PORT` is the one name without prefix: platforms set it. */
export const variableName = (prefix: string, key: string): string =>
  prefix === 'HUB_' && key === 'port' ? 'PORT' : prefix + key.replace(/([A-Z])/g, '_$1').toUpperCase()

const readVariable = (name: string, env: Environment, problems: string[]): string | undefined => {
  const direct = env[name]
  const file = env[`${name}_FILE`]
  if (file === undefined || file === '') return direct === '' ? undefined : direct
  if (direct !== undefined && direct !== '') {
    problems.push(`${name} and ${name}_FILE are both set; keep one`)
    return undefined
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    problems.push(`${name}_FILE names ${file}, which cannot be read: ${(error as Error).message}`)
    return undefined
  }
}

/** Reads settings of one declaration, adding what is wrong to `problems`. A key that itself ends in `File` is a path, and has no `_FILE` form. */
const loadOne = <S extends z.ZodObject>(
  declaration: ConfigDeclaration<S>,
  env: Environment,
  problems: string[],
): z.output<S> | undefined => {
  const raw: Record<string, string> = {}
  for (const key of Object.keys(declaration.schema.shape)) {
    const name = variableName(declaration.prefix, key)
    const value = key.endsWith('File') ? env[name] || undefined : readVariable(name, env, problems)
    if (value !== undefined) raw[key] = value
  }
  const parsed = declaration.schema.safeParse(raw)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const key = String(issue.path[0] ?? '')
    const schema = declaration.schema.shape[key]
    const name = variableName(declaration.prefix, key)
    const hidden = schema !== undefined && isSecret(schema)
    if (raw[key] === undefined) {
      const file = key.endsWith('File') ? '' : ` (${name}_FILE may name a file with it)`
      problems.push(`${name} is not set${file}`)
    } else problems.push(`${name} ${hidden ? 'is set to ***' : `is «${raw[key]}»`}: ${issue.message}`)
  }
  return undefined
}

/** Loads all declarations from the environment. @throws ConfigError listing every problem of all of them */
export const loadConfig = <D extends Readonly<Record<string, ConfigDeclaration>>>(
  declarations: D,
  env: Environment,
): { [K in keyof D]: z.output<D[K]['schema']> } => {
  const problems: string[] = []
  const entries = Object.entries(declarations).map(([key, declaration]) => [key, loadOne(declaration, env, problems)])
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.fromEntries(entries) as { [K in keyof D]: z.output<D[K]['schema']> }
}

/** One line per setting, for generated documentation. */
export interface SettingDescription {
  readonly name: string
  readonly description: string
  readonly default: string
  readonly secret: boolean
}

/** Describes the settings of a declaration. */
export const describeConfig = (declaration: ConfigDeclaration): SettingDescription[] =>
  Object.entries(declaration.schema.shape).map(([key, schema]) => {
    const type = schema as z.ZodType
    const fallback = type.safeParse(undefined)
    return {
      name: variableName(declaration.prefix, key),
      description: type.description ?? '',
      default: fallback.success && fallback.data !== undefined ? String(fallback.data) : '',
      secret: isSecret(type),
    }
  })
