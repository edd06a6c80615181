import compare from '../../locales/en/compare.json'
import config from '../../locales/en/config.json'
import history from '../../locales/en/history.json'
import lists from '../../locales/en/lists.json'
import overview from '../../locales/en/overview.json'
import settings from '../../locales/en/settings.json'
import sync from '../../locales/en/sync.json'
import workloads from '../../locales/en/workloads.json'

/** The texts of all pages that need a session, by feature. */
export const pageTexts = { compare, config, history, lists, overview, settings, sync, workloads }
