import {
  compareObjects as compareObjectsContract,
  describeInstances,
  getContents,
  type InputOf,
  listReaders,
} from '@rancher-hub/contracts'
import { appliesTo, compareUnderRules, type Normalized, wholeObjectRule } from '@rancher-hub/kubernetes'
import { type CallContext, type Handler, handleQuery, refuse } from '@rancher-hub/service-kit'
import { stringify } from 'yaml'
import { rulesInForce } from './rules-in-force.ts'

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

const stateOf = (source: Content | undefined, target: Content | undefined, count: number) => {
  if (target === undefined) return 'missing' as const
  if (source === undefined) return 'extra' as const
  return count === 0 ? ('same' as const) : ('differs' as const)
}

/** Exactly what differs in one object, from the contents that sites serves: Secret values are keyed digests there. */
export const compareObjectsFeature: Handler = handleQuery(compareObjectsContract, async (input, ctx) => {
  const ids = [input.source, input.target]
  const [source, target, { ignoreRules }] = await Promise.all([
    contentOf(input.source, input, ctx),
    contentOf(input.target, input, ctx),
    ctx.call(describeInstances, { ids, ignoreRules: true }),
  ])
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
  const sides = [source, target].flatMap((side) => (side === undefined ? [] : [side.content]))
  const rules = rulesInForce(ignoreRules)
    .ofPair(input.source, input.target)
    .filter((rule) => appliesTo(rule, object, sides))
  const { differences, ignored } =
    source === undefined || target === undefined
      ? { differences: [], ignored: [] }
      : compareUnderRules(source.content, target.content, rules, { autoscaled: target.autoscaled })
  return {
    state: stateOf(source, target, differences.length),
    differences: [...differences],
    ignored: ignored.map(({ difference, rule }) => ({ ...difference, selectable: false, preselected: false, rule })),
    ignoredBy: wholeObjectRule(rules),
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
