import 'vuetify/styles'
import { createVuetify, type ThemeDefinition } from 'vuetify'
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg'

/** Neutral surfaces, one accent, four states that also differ in icon and word, three diff colours. */
const light: ThemeDefinition = {
  dark: false,
  colors: {
    background: '#f6f7f9',
    surface: '#ffffff',
    'surface-variant': '#eef0f4',
    'on-surface-variant': '#3d4654',
    primary: '#2457c5',
    secondary: '#4a5568',
    success: '#1a7f4b',
    warning: '#9a6700',
    error: '#c62f2f',
    info: '#2457c5',
    'diff-added': '#1a7f4b',
    'diff-removed': '#c62f2f',
    'diff-changed': '#9a6700',
  },
  variables: { 'border-color': '#1b2433', 'border-opacity': 0.14, 'medium-emphasis-opacity': 0.72 },
}

const dark: ThemeDefinition = {
  dark: true,
  colors: {
    background: '#0f1319',
    surface: '#171c24',
    'surface-variant': '#222a35',
    'on-surface-variant': '#c3ccd9',
    primary: '#8ab0ff',
    secondary: '#a4b0c0',
    success: '#5fd198',
    warning: '#e9b949',
    error: '#ff8a80',
    info: '#8ab0ff',
    'diff-added': '#5fd198',
    'diff-removed': '#ff8a80',
    'diff-changed': '#e9b949',
  },
  variables: { 'border-color': '#dfe6f0', 'border-opacity': 0.16, 'medium-emphasis-opacity': 0.76 },
}

const field = { variant: 'outlined', density: 'compact', hideDetails: 'auto', color: 'primary' } as const

/** The one place where the look is decided: components take it from here, templates hold no colours or sizes. */
export const vuetify = createVuetify({
  theme: { defaultTheme: 'system', themes: { light, dark } },
  icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
  defaults: {
    global: { ripple: false },
    VBtn: { variant: 'tonal', density: 'comfortable', rounded: 'md', class: 'hub-btn' },
    VCard: { variant: 'flat', rounded: 'md', border: true },
    VTextField: field,
    VTextarea: field,
    VSelect: field,
    VAutocomplete: field,
    VCombobox: field,
    VRadioGroup: { density: 'compact', hideDetails: 'auto', color: 'primary' },
    VCheckbox: { density: 'compact', hideDetails: 'auto', color: 'primary' },
    VSwitch: { density: 'compact', hideDetails: 'auto', color: 'primary', inset: true },
    VAlert: { variant: 'tonal', density: 'comfortable', border: 'start', rounded: 'md' },
    VChip: { size: 'small', rounded: 'md', variant: 'tonal' },
    VList: { density: 'compact' },
    VDialog: { maxWidth: 640, scrollable: true },
    VTooltip: { location: 'top', openDelay: 300 },
    VProgressLinear: { color: 'primary', height: 6, rounded: true },
  },
})
