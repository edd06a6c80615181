/** A fact of a workload's spec, in words. */
export interface SpecFact {
  readonly name:
    | 'replicas'
    | 'strategy'
    | 'paused'
    | 'template'
    | 'completions'
    | 'schedule'
    | 'concurrency'
    | 'deadline'
    | 'service-account'
    | 'restart-policy'
    | 'grace-period'
    | 'placement'
    | 'storage'
    | 'host'
  readonly text: string
}
