import { z } from 'zod'

/** What went wrong with a site, in a form people can act on. */
export const SiteProblem = z.object({
  // Stored in events: codes are added, none is renamed or removed.
  code: z.enum([
    'address-refused',
    'name-not-found',
    'unreachable',
    'timed-out',
    'certificate-not-trusted',
    'certificate-expired',
    'certificate-wrong-host',
    'not-a-rancher',
    'not-kubernetes',
    'token-refused',
    'token-expired',
    'token-cluster-scoped',
    'kubeconfig-not-valid',
    'kubeconfig-not-self-contained',
    'verification-off',
    'proxy-refused',
    'header-refused',
    'site-disabled',
    'forbidden',
    'cluster-unavailable',
    'throttled',
    'upstream-error',
    // The hub itself does not write it: a rule ignores it, or it cannot be chosen.
    'ignored',
    'not-selectable',
  ]),
  message: z.string().describe('What happened, why, and what to do'),
  upstream: z.string().max(2000).optional().describe('The server’s own words'),
})
export type SiteProblem = z.output<typeof SiteProblem>
