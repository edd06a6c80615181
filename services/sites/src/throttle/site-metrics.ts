import type { Meter } from '@rancher-hub/service-kit'
import { callsAtOnce } from './call-limit.ts'
import type { CallOutcome } from './recent-calls.ts'
import type { SiteThrottle } from './site-throttle.ts'

/** Counts calls; all else is looked up in the throttles of the open sites when metrics are read. */
export interface SiteMetrics {
  called(siteId: string, outcome: CallOutcome): void
}

/**
 * Metrics of the calls to sites, by id of the site and outcome, nothing finer. The breaker's number: 0 closed, 1 trying,
 * 2 open, the worst of a site's places.
 */
export const createSiteMetrics = (meter: Meter, open: () => Iterable<readonly [string, SiteThrottle]>): SiteMetrics => {
  const calls = meter.createCounter('rancher_hub.site.calls', { description: 'Calls to sites by how they ended' })
  const gauge = (name: string, description: string, measure: (throttle: SiteThrottle) => number): void =>
    meter.createObservableGauge(`rancher_hub.site.${name}`, { description }).addCallback((result) => {
      for (const [site, throttle] of open()) result.observe(measure(throttle), { site })
    })
  gauge('limit', 'Calls at the same time that are allowed', ({ pace }) => callsAtOnce(pace.limit()))
  gauge('in_flight', 'Calls under way', ({ inFlight }) => inFlight())
  gauge('waiting', 'Calls that wait for their turn', ({ waiting }) => waiting())
  gauge('breaker', '0: called, 1: tried again now, 2: not called', ({ breakers }) =>
    breakers.broken().reduce((worst, { breaker }) => Math.max(worst, breaker.state === 'open' ? 2 : 1), 0),
  )
  return { called: (site, outcome) => calls.add(1, { site, outcome }) }
}
