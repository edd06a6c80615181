import './reset.css'
import '@fontsource-variable/inter/wght.css'
import '@fontsource-variable/jetbrains-mono/wght.css'
import './app.css'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { firstField } from './plugins/first-field.ts'
import { i18n } from './plugins/i18n.ts'
import { queryClient } from './plugins/query.ts'
import { vuetify } from './plugins/vuetify.ts'
import { router } from './router.ts'

createApp(App)
  .use(createPinia())
  .use(i18n)
  .use(vuetify)
  .use(VueQueryPlugin, { queryClient })
  .use(router)
  .directive('first-field', firstField)
  .mount('#app')
