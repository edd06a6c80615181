import { useAddressText } from '../../../shared/composables/use-address-text.ts'

/** Filters of the rules, and the two instances whose differences are counted, in the address. */
export const useRulesState = () => ({
  text: useAddressText('text'),
  instance: useAddressText('instance'),
  source: useAddressText('source'),
  target: useAddressText('target'),
  /** The rule that a link points to. */
  rule: useAddressText('rule'),
})
