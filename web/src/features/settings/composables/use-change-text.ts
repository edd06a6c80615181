import type { SiteChange } from '@rancher-hub/contracts'
import { useI18n } from 'vue-i18n'

/** What changed of a site, in words. */
export const useChangeText = () => {
  const { t, locale } = useI18n()
  return ({ change, parts, name, address, unverified, serverVersion, days }: SiteChange): string => {
    const list = new Intl.ListFormat(locale.value, { type: 'conjunction' })
    const named = list.format(parts.map((part) => t(`settings.sites.changes.part.${part}`)))
    const said =
      change === 'reconnected' || change === 'facts-read'
        ? t(`settings.sites.changes.${change}`, { parts: named })
        : t(`settings.sites.changes.${change}`, { name: name ?? '', days: days ?? 0 }, days ?? 0)
    const more = [
      address === undefined ? undefined : t('settings.sites.changes.moved', address),
      unverified === true ? t('settings.sites.changes.unverified') : undefined,
      unverified === false && change === 'reconnected' ? t('settings.sites.changes.verified') : undefined,
      serverVersion === undefined ? undefined : t('settings.sites.changes.version', { version: serverVersion }),
    ]
    return [said, ...more].filter((part) => part !== undefined).join(' ')
  }
}
