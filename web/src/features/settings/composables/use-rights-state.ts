import type { CallInputOf, describeRights, InputOf } from '@rancher-hub/contracts'
import { computed, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

type Input = InputOf<typeof describeRights>

/** What the page begins with, and what the address leaves out. */
const usual: Pick<Input, 'mode' | 'clusterWide' | 'account' | 'accountNamespace' | 'tokenDays'> = {
  mode: 'read',
  clusterWide: 'nothing',
  account: 'hub',
  accountNamespace: 'rancher-hub',
  tokenDays: 90,
}
const modes: readonly Input['mode'][] = ['read', 'read-and-sync']
const reaches: readonly Input['clusterWide'][] = ['nothing', 'namespace-names', 'read']
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Whether a text can be the name of a namespace or an account. */
export const isDnsLabel = (text: string): boolean => dnsLabel.test(text)

/** The wishes of the page, in its address. */
export const useRightsState = () => {
  const route = useRoute()
  const router = useRouter()
  const inAddress = (): Record<string, string> =>
    Object.fromEntries(
      Object.entries(route.query).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    )
  // The address follows a moment later: two changes at once must not take each other back.
  const query = shallowRef(inAddress())
  watch(
    () => route.query,
    () => {
      query.value = inAddress()
    },
  )
  const read = (key: string): string => query.value[key] ?? ''
  /** `undefined` is what the page begins with; an emptied field stays empty. */
  const write = (changes: Readonly<Record<string, string | undefined>>): void => {
    query.value = Object.fromEntries(
      Object.entries({ ...query.value, ...changes }).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      ),
    )
    void router.replace({ query: query.value })
  }
  const text = (key: string, standard = '') =>
    computed({
      get: () => query.value[key] ?? standard,
      set: (value: string | null) => {
        const given = (value ?? '').trim()
        write({ [key]: given === standard ? undefined : given })
      },
    })
  const choice = <T extends string>(key: string, values: readonly T[], standard: T) =>
    computed({
      get: (): T => values.find((value) => value === read(key)) ?? standard,
      set: (value: T) => write({ [key]: value === standard ? undefined : value }),
    })

  const siteKind = choice('kind', ['kubernetes', 'rancher'] as const, 'kubernetes')
  const site = computed({
    get: () => read('site'),
    set: (id: string | null) => write({ site: id ?? undefined, cluster: undefined }),
  })
  const cluster = text('cluster')
  const namespaces = computed({
    get: () =>
      read('ns')
        .split(',')
        .filter((name) => name !== ''),
    set: (names: readonly string[]) =>
      write({ ns: [...new Set(names.map((name) => name.trim()))].join(',') || undefined }),
  })
  const mode = choice('mode', modes, usual.mode)
  const secrets = computed({
    get: () => read('secrets') === 'yes',
    set: (wanted: boolean | null) => write({ secrets: wanted === true ? 'yes' : undefined }),
  })
  const clusterWide = choice('wide', reaches, usual.clusterWide)
  const account = text('account', usual.account)
  const accountNamespace = text('in', usual.accountNamespace)
  const days = text('days', String(usual.tokenDays))

  const daysFit = computed(() => /^\d{1,3}$/.test(days.value) && Number(days.value) >= 1 && Number(days.value) <= 365)
  const wrongNames = computed(() => namespaces.value.filter((name) => !isDnsLabel(name)))
  const isRancher = computed(() => siteKind.value === 'rancher')
  /** Only reading the whole cluster needs no namespace; Rancher's projects have theirs. */
  const needsNamespace = computed(
    () => !isRancher.value && (clusterWide.value !== 'read' || mode.value !== 'read' || secrets.value),
  )
  /** What to ask for; undefined while something is missing or cannot be. */
  const input = computed((): CallInputOf<typeof describeRights> | undefined => {
    const common = { mode: mode.value, secrets: secrets.value, clusterWide: clusterWide.value }
    if (isRancher.value) return { siteKind: 'rancher', ...common }
    if (needsNamespace.value && namespaces.value.length === 0) return undefined
    const namesFit = [account.value, accountNamespace.value].every(isDnsLabel) && wrongNames.value.length === 0
    if (!namesFit || !daysFit.value) return undefined
    return {
      ...common,
      siteKind: 'kubernetes',
      namespaces: namespaces.value,
      account: account.value,
      accountNamespace: accountNamespace.value,
      tokenDays: Number(days.value),
    }
  })
  const choices = { siteKind, site, cluster, namespaces, mode, secrets, clusterWide }
  return { ...choices, account, accountNamespace, days, daysFit, wrongNames, isRancher, needsNamespace, input }
}
export type RightsState = ReturnType<typeof useRightsState>
