import { onKeyStroke } from '@vueuse/core'

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)) &&
  (target as HTMLInputElement).type !== 'checkbox'

const isInDialog = (): boolean => document.querySelector('[role="dialog"], .v-menu.v-overlay--active') !== null

/** Single keys of a page; off while somebody types, holds a modifier key, or has a dialog open. */
export const useKeys = (keys: Readonly<Record<string, () => void>>): void => {
  onKeyStroke(Object.keys(keys), (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || isInDialog()) return
    event.preventDefault()
    keys[event.key]?.()
  })
}
