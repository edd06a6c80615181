import { createI18n } from 'vue-i18n'
import app from '../../locales/en/app.json'
import compare from '../../locales/en/compare.json'
import config from '../../locales/en/config.json'
import history from '../../locales/en/history.json'
import lists from '../../locales/en/lists.json'
import overview from '../../locales/en/overview.json'
import settings from '../../locales/en/settings.json'
import signIn from '../../locales/en/sign-in.json'
import sync from '../../locales/en/sync.json'
import workloads from '../../locales/en/workloads.json'

/** All texts, by feature. */
export const messages = { app, compare, config, history, lists, overview, settings, signIn, sync, workloads }

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en: messages } })
