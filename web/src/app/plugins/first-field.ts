import type { Directive } from 'vue'

/**
 * `v-first-field` on the field that a form begins with: it has the focus as soon as it is there. Vuetify's `autofocus`
 * waits until the field is seen, and takes the focus away from where somebody types by then.
 */
export const firstField: Directive<HTMLElement, boolean | undefined> = {
  mounted: (field, { value = true }) => {
    if (value) field.querySelector('input')?.focus({ preventScroll: true })
  },
}
