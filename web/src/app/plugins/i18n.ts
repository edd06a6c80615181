import { createI18n } from 'vue-i18n'
import app from '../../locales/en/app.json'
import signIn from '../../locales/en/sign-in.json'

/** The texts that are needed before anybody is signed in. */
export const firstTexts = { app, signIn }

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en: firstTexts } })

let loading: Promise<void> | undefined
const load = async (): Promise<void> => {
  const { pageTexts } = await import('./page-texts.ts')
  i18n.global.mergeLocaleMessage('en', pageTexts)
}

/** Loads the texts of the other pages, once: the sign-in page does not wait for them. */
export const loadPageTexts = async (): Promise<void> => {
  loading ??= load().catch((error: unknown) => {
    loading = undefined
    throw error
  })
  await loading
}
