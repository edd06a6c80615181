import type { CallInputOf, Site, testConnection } from '@rancher-hub/contracts'
import { computed, reactive } from 'vue'

export type ConnectionInput = CallInputOf<typeof testConnection>['connection']

/** A header in the form; the value of a stored one is not known here, and stays where none is entered. */
export interface HeaderRow {
  name: string
  value: string
  isStored: boolean
}

const initial = (site: Site | undefined) => ({
  kind: site?.kind ?? ('rancher' as 'rancher' | 'kubernetes'),
  name: site?.name ?? '',
  url: site?.url ?? '',
  token: '',
  kubeconfig: '',
  context: undefined as string | undefined,
  caPem: '',
  /** The pinned certificate is let go. */
  isCaDropped: false,
  allowUnverified: site?.unverified ?? false,
  proxyUrl: site?.proxy?.url ?? '',
  headers: (site?.headerNames ?? []).map((name): HeaderRow => ({ name, value: '', isStored: true })),
})
export type ConnectForm = ReturnType<typeof initial>

const originOf = (url: string): string | undefined =>
  URL.canParse(url.trim()) ? new URL(url.trim()).origin : undefined

/** Whether anything of the headers is another than what is stored. */
const areHeadersChanged = ({ headers }: ConnectForm, site: Site | undefined): boolean =>
  headers.length !== (site?.headerNames ?? []).length ||
  headers.some(({ isStored, value }) => !isStored || value !== '')

/** Why what is stored does not go where the form leads; the words for it are those of the locale. */
export type Again = 'moved' | 'proxy' | 'unverified' | 'certificate'

/** The same rule as the service's: another server, another proxy, or another answer to who the server is. */
const againOf = (form: ConnectForm, site: Site | undefined): Again | undefined => {
  if (site === undefined) return undefined
  if (form.kind === 'rancher' && originOf(form.url) !== originOf(site.url)) return 'moved'
  if (form.proxyUrl.trim() !== '' && originOf(form.proxyUrl) !== originOf(site.proxy?.url ?? '')) return 'proxy'
  if (form.allowUnverified && site.unverified !== true) return 'unverified'
  return form.caPem.trim() !== '' || form.isCaDropped ? 'certificate' : undefined
}

/** What is the same for every kind of site; what is left out stays as it is stored. */
const reachOf = (form: ConnectForm, site: Site | undefined, again: Again | undefined) => ({
  ...(form.caPem.trim() !== '' ? { caPem: form.caPem } : form.isCaDropped ? { caPem: '' } : {}),
  ...(form.allowUnverified === (site?.unverified ?? false) ? {} : { allowUnverified: form.allowUnverified }),
  ...(form.proxyUrl.trim() === (site?.proxy?.url ?? '') && again !== 'moved' ? {} : { proxyUrl: form.proxyUrl.trim() }),
  ...(areHeadersChanged(form, site) || (again !== undefined && form.headers.length > 0)
    ? { headers: form.headers.map(({ name, value }) => ({ name, ...(value === '' ? {} : { value }) })) }
    : {}),
})

/** The form that connects a site, or edits one, and the connection that it stands for. */
export const useConnectForm = (site: () => Site | undefined) => {
  const form = reactive(initial(site()))
  /** Why token or kubeconfig are needed again, though they are stored; undefined: they are not. */
  const again = computed(() => againOf(form, site()))
  const connection = computed((): ConnectionInput => {
    const reach = reachOf(form, site(), again.value)
    return form.kind === 'rancher'
      ? {
          kind: 'rancher',
          url: form.url.trim(),
          ...(form.token.trim() === '' ? {} : { token: form.token.trim() }),
          ...reach,
        }
      : {
          kind: 'kubernetes',
          ...(form.kubeconfig.trim() === '' ? {} : { kubeconfig: form.kubeconfig }),
          ...(form.context === undefined ? {} : { context: form.context }),
          ...reach,
        }
  })
  /** Nothing but the name is another: the site is not called for that. */
  const isSameConnection = computed(() => {
    const before = site()
    if (before === undefined) return false
    const { kind, ...rest } = connection.value
    return JSON.stringify(rest) === JSON.stringify(kind === 'rancher' ? { url: before.url } : {})
  })
  const isUrlGood = computed(() => /^https?:\/\//i.test(form.url.trim()) && originOf(form.url) !== undefined)
  const isComplete = computed(() => {
    const isKept = site() !== undefined && again.value === undefined
    if (form.kind === 'rancher') return isUrlGood.value && (form.token.trim() !== '' || isKept)
    return form.kubeconfig.trim() !== '' || isKept
  })
  const reset = (): void => void Object.assign(form, initial(site()))
  return { form, connection, again, isSameConnection, isUrlGood, isComplete, reset }
}
