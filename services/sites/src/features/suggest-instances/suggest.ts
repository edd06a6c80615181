import type { SuggestedInstance } from '@rancher-hub/contracts'
import { nameKey } from '../../landscape/landscape.ts'
import { findWords, type Span, stageIn, textOf, type Word, withoutSpan, wordsOf } from './environment-words.ts'

/** A namespace, with the names around it. */
export interface Place {
  readonly site: { readonly id: string; readonly name: string }
  readonly cluster: { readonly id: string; readonly name: string }
  readonly namespace: string
  readonly project?: string | undefined
}
export interface KnownEnvironment {
  readonly id: string
  readonly name: string
  readonly colour: string
  readonly protected: boolean
}
/** What there is already. */
export interface Known {
  /** In their order. */
  readonly environments: readonly KnownEnvironment[]
  readonly bound: readonly (Place & { readonly name: string; readonly environmentId: string })[]
}

type Reason = SuggestedInstance['reasons'][number]
type Source = 'namespace' | 'cluster' | 'project' | 'site'

interface Named {
  readonly environment: KnownEnvironment
  readonly span: Span
}

/** Words of an environment's name: its stage, and what tells it from others of the same stage («Production EU»). */
const described = (environment: KnownEnvironment) => {
  const words = wordsOf(environment.name)
  const stage = stageIn(words)
  const rest = (stage === undefined ? words : withoutSpan(words, stage)).map(({ key }) => key)
  return { environment, words: words.map(({ key }) => key), stage: stage?.stage, rest }
}
type Described = ReturnType<typeof described>

/**
 * The environment that words name: by its own name, or by a word for the same stage. Of several with one stage, the
 * one whose other words stand around; undefined when that leaves a doubt.
 */
const environmentIn = (
  words: readonly Word[],
  around: ReadonlySet<string>,
  all: readonly Described[],
): Named | undefined => {
  const byName = all.flatMap(({ environment, words: own }) => {
    const span = own.length === 0 ? undefined : findWords(words, own)
    return span === undefined ? [] : [{ environment, span }]
  })
  const [longest] = byName.toSorted((a, b) => b.span.length - a.span.length || b.span.start - a.span.start)
  const stage = stageIn(words)
  if (longest !== undefined && longest.span.length > (stage?.length ?? 0)) return longest
  if (stage === undefined) return longest
  const candidates = all.filter((each) => each.stage === stage.stage)
  const fitting = candidates.filter(({ rest }) => rest.every((word) => around.has(word)))
  const most = Math.max(0, ...fitting.map(({ rest }) => rest.length))
  const best = fitting.filter(({ rest }) => rest.length === most)
  const chosen = best.length === 1 ? best[0] : candidates.length === 1 ? candidates[0] : undefined
  return chosen === undefined ? undefined : { environment: chosen.environment, span: stage }
}

type Sources = readonly (readonly [Source, readonly Word[]])[]

/** Words of names; those of clusters, sites and projects come again and again. */
const createReader = (): ((place: Place) => Sources) => {
  const known = new Map<string, readonly Word[]>()
  const read = (name: string): readonly Word[] => {
    const found = known.get(name) ?? wordsOf(name)
    known.set(name, found)
    return found
  }
  return ({ namespace, cluster, project, site }) => [
    ['namespace', wordsOf(namespace)],
    ['project', read(project ?? '')],
    ['cluster', read(cluster.name)],
    ['site', read(site.name)],
  ]
}

interface Guess {
  readonly place: Place
  readonly environment: KnownEnvironment
  readonly app: string
  readonly source: Source
  readonly text: string
  /** Another environment that is named as well. */
  readonly other?: string | undefined
}

/** What a place is called without its environment: the application. */
const appOf = (sources: Sources, named: ReadonlyMap<Source, Named>): string => {
  for (const [source, words] of sources) {
    const span = named.get(source)?.span
    const left = span === undefined ? words : withoutSpan(words, span)
    if (left.length > 0) return left.map(({ raw }) => raw).join(source === 'namespace' ? '-' : ' ')
  }
  return 'app'
}

const guess = (place: Place, sources: Sources, environments: readonly Described[]): Guess | undefined => {
  const around = new Set(sources.flatMap(([, words]) => words.map(({ key }) => key)))
  const named = new Map<Source, Named>()
  for (const [source, words] of sources) {
    const found = environmentIn(words, around, environments)
    if (found !== undefined) named.set(source, found)
  }
  const [first] = named
  if (first === undefined) return undefined
  const [source, { environment, span }] = first
  const words = sources.find(([each]) => each === source)?.[1] ?? []
  // A site with the name of one stage often holds several.
  const other = [...named].find(([each, { environment: also }]) => each !== 'site' && also.id !== environment.id)?.[1]
    .environment.name
  return { place, environment, app: appOf(sources, named), source, text: textOf(words, span), other }
}

const levels = ['low', 'medium', 'high'] as const
const levelOf: Readonly<Record<Source, number>> = { namespace: 2, project: 1, cluster: 1, site: 0 }

/** Namespaces of clusters and of Rancher itself that are not marked as such everywhere. */
const ownNamespaces = /^(default|local|kube-.*|cattle-.*|fleet-.*|cluster-fleet-.*|[pu]-[a-z0-9]{5,})$/

const MAX_NAME = 80
const fitted = (app: string, rest: string): string => {
  const room = MAX_NAME - rest.length
  return `${app.length > room ? `${app.slice(0, Math.max(1, room - 1))}…` : app}${rest}`.slice(0, MAX_NAME).trim()
}

/** A name that nothing has yet; `taken` remembers it. */
const freeName = ({ app, environment, place }: Guess, taken: Set<string>): string => {
  const stage = ` ${environment.name.toLowerCase()}`
  const tries = [stage, `${stage} ${place.cluster.name}`.slice(0, 60)]
  const free = (name: string): boolean => !taken.has(nameKey(name))
  let name = tries.map((rest) => fitted(app, rest)).find(free)
  for (let number = 2; name === undefined; number += 1) {
    const next = fitted(app, `${stage} ${number}`)
    if (free(next)) name = next
  }
  taken.add(nameKey(name))
  return name
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const appKey = (app: string): string =>
  wordsOf(app)
    .map(({ key }) => key)
    .join('-')
const placeKey = ({ site, cluster, namespace }: Place): string => JSON.stringify([site.id, cluster.id, namespace])

/**
 * Suggests instances from names: a namespace that is bound to nothing, and an environment that the names of it, its
 * project, cluster or site speak of. Applications that several environments have come first; then the most certain ones.
 */
export const suggest = (places: readonly Place[], known: Known): SuggestedInstance[] => {
  const environments = known.environments.map(described)
  const read = createReader()
  const bound = new Set(known.bound.map(placeKey))
  const guesses = places
    .filter((place) => !bound.has(placeKey(place)) && !ownNamespaces.test(place.namespace))
    .flatMap((place) => guess(place, read(place), environments) ?? [])
  const elsewhere = new Map<string, Set<string>>()
  const note = (key: string, environmentId: string): void => {
    elsewhere.set(key, (elsewhere.get(key) ?? new Set()).add(environmentId))
  }
  const keyed = guesses.map((each) => ({ ...each, key: appKey(each.app), placeKey: placeKey(each.place) }))
  for (const { key, environment } of keyed) note(key, environment.id)
  for (const each of known.bound)
    note(appKey(guess(each, read(each), environments)?.app ?? each.namespace), each.environmentId)
  const ranks = new Map(known.environments.map(({ id }, rank) => [id, rank]))
  const leveled = keyed.map((each) => {
    const spread = elsewhere.get(each.key)?.size ?? 1
    const step = each.other !== undefined ? -1 : spread > 1 ? 1 : 0
    const level = Math.min(2, Math.max(0, levelOf[each.source] + step))
    return { ...each, spread, level, rank: ranks.get(each.environment.id) ?? 0 }
  })
  const best = new Map<string, number>()
  for (const { key, level } of leveled) best.set(key, Math.max(level, best.get(key) ?? 0))
  const ordered = leveled.sort(
    (a, b) =>
      b.spread - a.spread ||
      (best.get(b.key) ?? 0) - (best.get(a.key) ?? 0) ||
      byText(a.key, b.key) ||
      a.rank - b.rank ||
      b.level - a.level ||
      byText(a.placeKey, b.placeKey),
  )
  const taken = new Set(known.bound.map(({ name }) => nameKey(name)))
  return ordered.map((each) => {
    const { place, environment, app, source, text, other, spread, level } = each
    const reasons: Reason[] = [
      { code: source, text },
      ...(spread > 1 ? [{ code: 'same-app' as const, text: app }] : []),
      ...(other === undefined ? [] : [{ code: 'other-name' as const, text: other }]),
    ]
    const { site, cluster, namespace } = place
    const confidence = levels[level] ?? 'low'
    return { name: freeName(each, taken), app, environment, site, cluster, namespace, confidence, reasons }
  })
}
