import { mergeConfig } from 'vitest/config'
import viteConfig from './vite.config.ts'

export default mergeConfig(viteConfig, {
  test: {
    name: 'web',
    include: ['src/**/*.spec.ts'],
    environment: 'happy-dom',
    server: { deps: { inline: ['vuetify'] } },
  },
})
