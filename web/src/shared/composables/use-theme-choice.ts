import { useLocalStorage } from '@vueuse/core'
import { watchEffect } from 'vue'
import { useTheme } from 'vuetify'

export type ThemeChoice = 'system' | 'light' | 'dark'

/** The person's theme: the system's until they choose. */
export const useThemeChoice = () => {
  const choice = useLocalStorage<ThemeChoice>('hub-theme', 'system')
  const theme = useTheme()
  watchEffect(() => {
    theme.change(choice.value)
  })
  return choice
}
