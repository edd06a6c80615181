import { configLimits, getConfigValue } from '@rancher-hub/contracts'
import { isObject } from '@rancher-hub/kubernetes'
import { type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import { SiteError } from '../egress/site-error.ts'
import { instanceOf, type WorkloadDeps } from '../workloads/workload-deps.ts'

const valueIn = (map: unknown, key: string): string | undefined =>
  isObject(map) && Object.hasOwn(map, key) ? String(map[key]) : undefined

/** Cut between characters, not inside one. */
const cutText = (text: string): string => {
  const end = configLimits.valueCharacters
  const code = text.charCodeAt(end - 1)
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? end - 1 : end)
}

/** Answers `sites.get-config-value`: reads the ConfigMap for this one answer, and keeps nothing of it. */
export const answerGetConfigValue = (deps: WorkloadDeps): Handler =>
  handleQuery(getConfigValue, async ({ instanceId, name, key }, ctx) => {
    const instance = await instanceOf(deps, getConfigValue, instanceId, ctx)
    try {
      const object = await (await deps.apiOf(instance)).get('ConfigMap', instance.namespace, name, ctx.signal)
      const text = valueIn(object?.['data'], key)
      if (text !== undefined) {
        const isCut = text.length > configLimits.valueCharacters
        return { bytes: Buffer.byteLength(text), text: isCut ? cutText(text) : text, cut: isCut }
      }
      const binary = valueIn(object?.['binaryData'], key)
      if (binary === undefined) throw refuse(getConfigValue, 'not-found', undefined, `${name} has no key ${key} now.`)
      return { bytes: Buffer.byteLength(binary, 'base64'), cut: false }
    } catch (error) {
      if (!(error instanceof SiteError)) throw error
      throw refuse(getConfigValue, 'site-problem', { problem: error.problem }, error.problem.message)
    }
  })
