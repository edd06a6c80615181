import {
  compareObjects as compareObjectsContract,
  getContents,
  type InputOf,
  listReaders,
} from '@rancher-hub/contracts'
import { compareObjects, type Difference, type Normalized } from '@rancher-hub/kubernetes'
import { type CallContext, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import { stringify } from 'yaml'

type Input = InputOf<typeof compareObjectsContract>

interface Content {
  readonly content: Normalized
  readonly autoscaled: boolean
}

const contentOf = async (instanceId: string, { kind, name }: Input, ctx: CallContext): Promise<Content | undefined> => {
  const { items } = await ctx.call(getContents, { instanceId, objects: [{ kind, name }] })
  const [found] = items
  return found === undefined ? undefined : { content: found.content as Normalized, autoscaled: found.autoscaled }
}

const toYaml = (content: Normalized): string => stringify(content, { lineWidth: 0, sortMapEntries: true })

const stateOf = (source: Content | undefined, target: Content | undefined, differences: readonly Difference[]) => {
  if (target === undefined) return 'missing' as const
  if (source === undefined) return 'extra' as const
  return differences.length === 0 ? ('same' as const) : ('differs' as const)
}

/** Exactly what differs in one object, from the contents that sites serves: Secret values are keyed digests there. */
export const compareObjectsFeature: Handler = handleQuery(compareObjectsContract, async (input, ctx) => {
  const [source, target] = await Promise.all([contentOf(input.source, input, ctx), contentOf(input.target, input, ctx)])
  if (source === undefined && target === undefined) {
    throw refuse(
      compareObjectsContract,
      'not-found',
      undefined,
      `Neither instance has a ${input.kind} named ${input.name}.`,
    )
  }
  const isConfig = input.kind === 'ConfigMap' || input.kind === 'Secret'
  const object = { kind: input.kind, name: input.name }
  const differences =
    source === undefined || target === undefined
      ? []
      : compareObjects(source.content, target.content, { autoscaled: target.autoscaled })
  return {
    state: stateOf(source, target, differences),
    differences,
    ...(source === undefined ? {} : { sourceYaml: toYaml(source.content) }),
    ...(target === undefined ? {} : { targetYaml: toYaml(target.content) }),
    readers:
      isConfig && target !== undefined
        ? (await ctx.call(listReaders, { instanceId: input.target, object })).readers
        : [],
    warnings:
      target?.autoscaled === true
        ? [{ code: 'autoscaled', message: 'An autoscaler owns the replicas of the target.' }]
        : [],
  }
})
