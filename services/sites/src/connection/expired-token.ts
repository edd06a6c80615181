import type { SiteProblem } from '@rancher-hub/contracts'

/** Rancher answers the same to a wrong and to an expired token; the date that it told before makes the difference. */
export const asExpired = (
  problem: SiteProblem | undefined,
  expiresAt: string | undefined,
  now: Date,
): SiteProblem | undefined => {
  if (problem?.code !== 'token-refused' || expiresAt === undefined || Date.parse(expiresAt) > now.getTime())
    return problem
  return {
    ...problem,
    code: 'token-expired',
    message: `The token has expired on ${expiresAt}. Make a new one and enter it here.`,
  }
}
