import {
  type compareInstances,
  describeInstances,
  type previewIgnoreRules,
  type ResultOf,
} from '@rancher-hub/contracts'
import { type CallContext, refuse } from '@rancher-hub/service-kit'

/**
 * Instances that are to be compared, in this order, with the rules in force for them.
 * @throws RefusedError same-instance-twice | not-found
 */
export const describeAll = async (
  contract: typeof compareInstances | typeof previewIgnoreRules,
  ids: readonly string[],
  ctx: CallContext,
): Promise<ResultOf<typeof describeInstances>> => {
  if (new Set(ids).size < ids.length) throw refuse(contract, 'same-instance-twice')
  const { items, ignoreRules } = await ctx.call(describeInstances, { ids: [...ids], ignoreRules: true })
  const described = ids.map((id) => {
    const instance = items.find((each) => each.id === id)
    if (instance === undefined)
      throw refuse(contract, 'not-found', undefined, 'An app instance of this comparison does not exist any more.')
    return instance
  })
  return { items: described, ignoreRules }
}
