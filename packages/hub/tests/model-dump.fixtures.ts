import { openMongoReadModels } from '@rancher-hub/read-model/mongodb'
import { hideDeleted } from '@rancher-hub/service-kit'

/** Documents as text, by `<service>/<collection>`, in the order of their ids. */
export type Documents = Record<string, string[]>

/** A value whatever the order of its keys; `without`: keys that do not count. */
export const canonical = (value: unknown, without: readonly string[] = []): unknown => {
  if (Array.isArray(value)) return value.map((each) => canonical(each, without))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key]) => !without.includes(key))
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, each]) => [key, canonical(each, without)]))
}

/** What MongoDB holds of these collections. `prefix`: of the databases. */
export const dumpMongo = async (
  url: string,
  names: readonly string[],
  options: { readonly prefix?: string | undefined; readonly without?: readonly string[] | undefined } = {},
): Promise<Documents> => {
  const dump: Documents = {}
  for (const key of names) {
    const [service = '', name = ''] = key.split('/')
    await using models = hideDeleted(openMongoReadModels({ url, database: `${options.prefix ?? 'hub_'}${service}` }))
    const collection = await models.collection(name)
    const lines: string[] = []
    for await (const doc of collection.scan()) lines.push(JSON.stringify(canonical(doc, options.without)))
    dump[key] = lines
  }
  return dump
}
